import { answerUsync } from "../usync.ts";
import type { AccountIq } from "./context.ts";

export function answerUsyncIq({ world, child, reply }: AccountIq): boolean {
  if (child === undefined) return false;
  reply([answerUsync(world, child)]);
  return true;
}
