import { createHash } from "node:crypto";
import { bounds } from "../../bounded.ts";
import { attr, node } from "../node.ts";
import type { AccountIq } from "./context.ts";

export function answerBlocklist({ world, account, type, child, reply }: AccountIq): boolean {
  const { blocked } = account;
  if (type === "set" && child !== undefined) {
    if (attr(child, "action") === "block") block(blocked, attr(child, "jid"));
    else blocked.delete(attr(child, "jid"));
    world.changed();
  }
  const digest = createHash("sha256").update([...blocked].sort().join());
  const items = [...blocked].map((jid) => node("item", { jid }));
  reply([node("list", { dhash: digest.digest("base64").slice(0, 12) }, items)]);
  return true;
}

function block(blocked: Set<string>, jid: string): void {
  if (blocked.size < bounds.blockedPerAccount) blocked.add(jid);
}
