import type { BinaryNode } from "@whiskeysockets/baileys";
import { bounds } from "../bounded.ts";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { resolveJid } from "../wire/addresses.ts";
import { attr } from "../wire/node.ts";
import { applyReceipt, markRead } from "./chats.ts";
import { receiveMessage } from "./receive-message.ts";
import { resendMessage } from "./retries.ts";
import { runInOrder } from "./run-in-order.ts";

/** A stanza for the phone itself. While the phone is offline it waits, as on a real server. */
export async function receiveStanza(
  world: World,
  account: Account,
  stanza: BinaryNode,
): Promise<void> {
  if (!account.phone.settings.online) {
    keepForLater(world, account, stanza);
    return;
  }
  if (stanza.tag === "message") {
    await runInOrder(account, () => receiveMessage(world, account, stanza));
  } else if (stanza.tag === "receipt") {
    await receiveReceipt(world, account, stanza);
  }
}

function keepForLater(world: World, account: Account, stanza: BinaryNode): void {
  const { inbox } = account.phone;
  inbox.push(stanza);
  if (inbox.length > bounds.inboxPerPhone) {
    inbox.shift();
    world.events.append("inbox_full", account.pn, { device: 0 });
  }
  world.changed();
}

async function receiveReceipt(world: World, account: Account, stanza: BinaryNode): Promise<void> {
  const type = attr(stanza, "type");
  if (type === "retry") {
    await runInOrder(account, () => resendMessage(world, account, stanza));
    return;
  }
  const sender = resolveJid(world, attr(stanza, "from")).account;
  // What a companion has read is read on the phone, too.
  if (sender === account) markRead(account, stanza);
  else applyReceipt(account, stanza);
  const data = { id: attr(stanza, "id"), type, from: sender?.pn };
  world.events.append("receipt", account.pn, data);
  world.changed();
}
