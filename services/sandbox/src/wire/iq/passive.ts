import { flushOffline } from "../offline.ts";
import type { AccountIq } from "./context.ts";

/** The client says it is ready: the result first, then everything that waited. */
export function answerPassive({ world, conn, child, reply }: AccountIq): boolean {
  reply();
  if (child?.tag === "active") flushOffline(world, conn);
  return true;
}
