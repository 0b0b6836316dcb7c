import { createHash } from "node:crypto";
import { getBinaryNodeChildren, type BinaryNode } from "@whiskeysockets/baileys";
import { jidOf, lidJid, resolveJid } from "../addresses.ts";
import { pushStanza } from "../delivery.ts";
import { attr, node, notification, nowSeconds } from "../node.ts";
import type { AccountIq } from "./context.ts";

const CATEGORIES = [
  "last",
  "online",
  "profile",
  "status",
  "readreceipts",
  "groupadd",
  "calladd",
  "messages",
];

/** Privacy settings, and trusted-contact tokens issued to somebody. */
export function answerPrivacy(iq: AccountIq): boolean {
  const { type, child, account, world, reply } = iq;
  if (type === "set" && child?.tag === "tokens") {
    for (const token of getBinaryNodeChildren(child, "token")) passTokenOn(iq, token);
    reply([node("tokens")]);
    return true;
  }
  if (type === "set") {
    for (const category of getBinaryNodeChildren(child, "category")) {
      const name = attr(category, "name");
      if (CATEGORIES.includes(name))
        account.privacy.set(name, attr(category, "value").slice(0, 40));
    }
    world.changed();
  }
  const categories = CATEGORIES.map((name) =>
    node("category", { name, value: account.privacy.get(name) ?? "all" }),
  );
  reply([node("privacy", {}, categories)]);
  return true;
}

/** A token reaches the devices of the account it was issued to as a notification. */
function passTokenOn({ world, account: issuer }: AccountIq, request: BinaryNode): void {
  const { account, mode } = resolveJid(world, attr(request, "jid"));
  const t = request.attrs["t"] ?? nowSeconds();
  const value = createHash("sha256")
    .update(`${issuer.pn}/${account?.pn ?? ""}/${t}`)
    .digest();
  const attrs = { jid: attr(request, "jid"), t, type: "trusted_contact" };
  const token = node("token", attrs, value.subarray(0, 16));
  const stanza = notification(
    "privacy_token",
    jidOf(issuer, mode),
    [node("tokens", {}, [token])],
    mode === "lid" ? {} : { sender_lid: lidJid(issuer) },
  );
  for (const device of account?.devices.values() ?? []) {
    if (device.id !== 0) pushStanza(world, device, stanza);
  }
}
