import { node } from "../node.ts";
import type { AccountIq } from "./context.ts";

export function answerProps({ reply }: AccountIq): boolean {
  reply([node("props", { protocol: "1", hash: "sandbox1", refresh: "86400" }, [])]);
  return true;
}
