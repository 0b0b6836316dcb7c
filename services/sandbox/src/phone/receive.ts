import { createHash } from "node:crypto";
import { decryptMessageNode, type BinaryNode, type WAMessage } from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid, pnJid, resolveJid } from "../wire/addresses.ts";
import { attr, node, nowSeconds } from "../wire/node.ts";
import { routeReceipt } from "../wire/receipts.ts";
import { applyReceipt, hasMessage, recordIncoming, recordOwnMessage } from "./chats.ts";
import { describeMessage } from "./describe-message.ts";
import { askAgain, resendMessage } from "./retries.ts";
import { runInOrder } from "./run-in-order.ts";
import { sendMessage } from "./send-message.ts";

/** A stanza for the phone itself. While the phone is offline it waits, as on a real server. */
export async function receiveStanza(
  world: World,
  account: Account,
  stanza: BinaryNode,
): Promise<void> {
  if (!account.phone.settings.online) {
    account.phone.inbox.push(stanza);
    world.changed();
    return;
  }
  if (stanza.tag === "message") {
    await runInOrder(account, () => receiveMessage(world, account, stanza));
  } else if (stanza.tag === "receipt") {
    await receiveReceipt(world, account, stanza);
  }
}

async function receiveReceipt(world: World, account: Account, stanza: BinaryNode): Promise<void> {
  const type = attr(stanza, "type");
  if (type === "retry") {
    await runInOrder(account, () => resendMessage(world, account, stanza));
    return;
  }
  applyReceipt(account, stanza);
  const from = resolveJid(world, attr(stanza, "from")).account?.pn;
  world.events.append("receipt", account.pn, { id: attr(stanza, "id"), type, from });
  world.changed();
}

async function receiveMessage(world: World, account: Account, stanza: BinaryNode): Promise<void> {
  const { phone } = account;
  const id = attr(stanza, "id");
  const sender = resolveJid(world, attr(stanza, "from"));
  const from = sender.account?.pn ?? attr(stanza, "from");
  const { fullMessage, decrypt } = decryptMessageNode(
    stanza,
    pnJid(account),
    lidJid(account),
    phone.signal,
    world.logger.child({ part: "phone" }, { level: "silent" }),
  );
  await decrypt();
  const arrival = { messageId: id, from, to: account.pn, device: 0 };
  if (fullMessage.messageStubType) {
    // The same ciphertext a second time cannot be decrypted either; a phone that has the message
    // recognises the id and stays quiet.
    if (hasMessage(account, id)) {
      world.ledger.arrived({ ...arrival, displayed: false, textHash: null });
      return;
    }
    world.ledger.undecryptable(arrival);
    const reason = fullMessage.messageStubParameters;
    world.events.append("undecryptable", account.pn, { id, from, reason });
    await askAgain(world, account, stanza);
    return;
  }
  phone.decryptFailures.delete(id);
  world.changed();
  if (stanza.attrs["category"] === "peer") return;
  if (stanza.attrs["recipient"] !== undefined) {
    const peer = resolveJid(world, attr(stanza, "recipient")).account?.pn;
    if (peer !== undefined && !hasMessage(account, id)) {
      const message = fullMessage.message ?? {};
      recordOwnMessage(account, { id, peer, device: sender.device ?? 0, message });
    }
    return;
  }
  showMessage(world, account, stanza, { from, fullMessage, device: sender.device ?? 0 });
}

type Incoming = { from: string; fullMessage: WAMessage; device: number };

function showMessage(world: World, account: Account, stanza: BinaryNode, incoming: Incoming): void {
  const { settings } = account.phone;
  const id = attr(stanza, "id");
  const { from } = incoming;
  const message = incoming.fullMessage.message ?? {};
  const description = describeMessage(message);
  const displayed = !hasMessage(account, id);
  const text = description.text;
  const textHash = text === undefined ? null : createHash("sha256").update(text).digest("hex");
  world.ledger.arrived({ messageId: id, from, to: account.pn, device: 0, displayed, textHash });
  confirm(world, account, stanza);
  if (!displayed) return;
  recordIncoming(account, { id, peer: from, message, read: settings.autoRead });
  world.events.append("message_received", account.pn, { id, from, kind: description.kind });
  const peer = world.accounts.get(from);
  // Only companions get automatic answers: two phones would answer each other for ever.
  if (settings.autoReply !== null && incoming.device !== 0 && peer !== undefined) {
    const reply = { message: { conversation: settings.autoReply.text }, type: "text" };
    sendMessage(world, account, peer, reply).catch((error: unknown) =>
      world.logger.error({ err: error }, "automatic reply failed"),
    );
  }
}

function confirm(world: World, account: Account, stanza: BinaryNode): void {
  const { deliveryReceipts, autoRead } = account.phone.settings;
  const attrs = { id: attr(stanza, "id"), to: attr(stanza, "from") };
  if (deliveryReceipts) routeReceipt(world, account, 0, node("receipt", attrs));
  if (!autoRead) return;
  const read = node("receipt", { ...attrs, type: "read", t: nowSeconds() });
  routeReceipt(world, account, 0, read);
}
