import {
  getBinaryNodeChild,
  getBinaryNodeChildren,
  proto,
  type BinaryNode,
} from "@whiskeysockets/baileys";
import type { Account, ChatMessage, Message, MessageStatus } from "../model.ts";
import { attr } from "../wire/node.ts";
import { describeMessage } from "./describe-message.ts";

type Entry = { id: string; peer: string; message: Message };

const MAX_CHAT_MESSAGES = 10_000;

const { REVOKE, MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type;

/** A message of this account, written on the phone (device 0) or on a companion. */
export function recordOwnMessage(account: Account, entry: Entry & { device: number }): void {
  if (applyProtocol(account, entry)) return;
  addMessage(account, entry, { fromMe: true, device: entry.device, status: "sent", read: true });
}

export function recordIncoming(account: Account, entry: Entry & { read: boolean }): void {
  if (applyProtocol(account, entry)) return;
  const { read } = entry;
  addMessage(account, entry, { fromMe: false, device: 0, status: undefined, read });
}

export const hasMessage = (account: Account, id: string): boolean =>
  findMessage(account, id) !== undefined;

export function findMessage(account: Account, id: string): ChatMessage | undefined {
  for (const chat of account.phone.chats.values()) {
    const found = chat.findLast((message) => message.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A receipt from the other side moves own messages forward, never back. */
export function applyReceipt(account: Account, stanza: BinaryNode): void {
  const type = attr(stanza, "type");
  const order: MessageStatus[] = ["sent", "delivered", "read"];
  const status: MessageStatus = ["read", "played"].includes(type) ? "read" : "delivered";
  if (!["", "read", "played"].includes(type)) return;
  const list = getBinaryNodeChildren(getBinaryNodeChild(stanza, "list"), "item");
  for (const id of [attr(stanza, "id"), ...list.map((item) => attr(item, "id"))]) {
    const message = findMessage(account, id);
    if (message?.status === undefined) continue;
    if (order.indexOf(status) > order.indexOf(message.status)) message.status = status;
  }
}

function addMessage(
  account: Account,
  entry: Entry,
  rest: Pick<ChatMessage, "fromMe" | "device" | "status" | "read">,
): void {
  const chat = account.phone.chats.get(entry.peer) ?? [];
  chat.push({
    id: entry.id,
    peer: entry.peer,
    at: new Date().toISOString(),
    ...describeMessage(entry.message),
    ...rest,
    edited: false,
    revoked: false,
    raw: Buffer.from(proto.Message.encode(entry.message).finish()),
  });
  if (chat.length > MAX_CHAT_MESSAGES) chat.shift();
  account.phone.chats.set(entry.peer, chat);
}

/** Edits and revocations change an older message instead of adding one. */
function applyProtocol(account: Account, entry: Entry): boolean {
  const protocol =
    entry.message.protocolMessage ?? entry.message.editedMessage?.message?.protocolMessage;
  if (!protocol) return false;
  const target = findMessage(account, protocol.key?.id ?? "");
  if (target !== undefined && protocol.type === REVOKE) target.revoked = true;
  if (target !== undefined && protocol.type === MESSAGE_EDIT && protocol.editedMessage) {
    target.text = describeMessage(protocol.editedMessage).text;
    target.edited = true;
  }
  return true;
}
