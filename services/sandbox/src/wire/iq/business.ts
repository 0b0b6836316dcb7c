import { getBinaryNodeChild } from "@whiskeysockets/baileys";
import { resolveJid } from "../addresses.ts";
import { node } from "../node.ts";
import type { AccountIq } from "./context.ts";

export function answerBusiness({ world, child, reply }: AccountIq): boolean {
  const jid = getBinaryNodeChild(child, "profile")?.attrs["jid"];
  const account = jid === undefined ? undefined : resolveJid(world, jid).account;
  const profile = node("profile", { jid, tag: "1" }, [
    node("description", {}, Buffer.from(account?.name ?? "")),
  ]);
  const content = account?.business === true ? [profile] : [];
  reply([node("business_profile", { v: child?.attrs["v"] ?? "244" }, content)]);
  return true;
}
