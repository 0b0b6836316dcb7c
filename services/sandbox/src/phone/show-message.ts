import { createHash } from "node:crypto";
import type { BinaryNode } from "@whiskeysockets/baileys";
import type { Account, Message } from "../model.ts";
import type { World } from "../world.ts";
import { resolveJid } from "../wire/addresses.ts";
import { attr, node, nowSeconds } from "../wire/node.ts";
import { routeReceipt } from "../wire/receipts.ts";
import { hasMessage, recordIncoming } from "./chats.ts";
import { describeMessage } from "./describe-message.ts";
import { sendMessage } from "./send-message.ts";

/** A decrypted message from somebody else: into the ledger, confirmed, shown once, answered. */
export function showMessage(
  world: World,
  account: Account,
  stanza: BinaryNode,
  message: Message,
): void {
  const id = attr(stanza, "id");
  const sender = resolveJid(world, attr(stanza, "from"));
  const from = sender.account?.pn ?? attr(stanza, "from");
  const { kind, text } = describeMessage(message);
  const displayed = !hasMessage(account, id);
  const textHash = text === undefined ? null : createHash("sha256").update(text).digest("hex");
  world.ledger.arrived({ messageId: id, from, to: account.pn, device: 0, displayed, textHash });
  confirmMessage(world, account, stanza);
  if (!displayed) return;
  const { autoRead, autoReply } = account.phone.settings;
  recordIncoming(account, { id, peer: from, message, read: autoRead });
  world.events.append("message_received", account.pn, { id, from, kind });
  // Only companions get automatic answers: two phones would answer each other for ever.
  const byCompanion = (sender.device ?? 0) !== 0;
  if (autoReply === null || !byCompanion || sender.account === undefined) return;
  const reply = { message: { conversation: autoReply.text }, type: "text" };
  sendMessage(world, account, sender.account, reply).catch((error: unknown) =>
    world.logger.error({ err: error }, "automatic reply failed"),
  );
}

function confirmMessage(world: World, account: Account, stanza: BinaryNode): void {
  const { deliveryReceipts, autoRead } = account.phone.settings;
  const reader = { account, device: 0 };
  const attrs = { id: attr(stanza, "id"), to: attr(stanza, "from") };
  if (deliveryReceipts) routeReceipt(world, reader, node("receipt", attrs));
  if (!autoRead) return;
  routeReceipt(world, reader, node("receipt", { ...attrs, type: "read", t: nowSeconds() }));
}
