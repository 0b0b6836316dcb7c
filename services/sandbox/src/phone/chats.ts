import {
  getBinaryNodeChild,
  getBinaryNodeChildren,
  proto,
  type BinaryNode,
} from "@whiskeysockets/baileys";
import { bounds } from "../bounded.ts";
import type { Account, ChatMessage, Message, MessageStatus } from "../model.ts";
import { attr } from "../wire/node.ts";
import { describeMessage } from "./describe-message.ts";

type Entry = { id: string; peer: string; message: Message };

const { REVOKE, MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type;

/** A message of this account, written on the phone (device 0) or on a companion. */
export function recordOwnMessage(account: Account, entry: Entry & { device: number }): void {
  if (applyProtocol(account, entry, true)) return;
  addMessage(account, entry, { fromMe: true, device: entry.device, status: "sent", read: true });
}

export function recordIncoming(account: Account, entry: Entry & { read: boolean }): void {
  if (applyProtocol(account, entry, false)) return;
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
  for (const id of idsOf(stanza)) {
    const message = findMessage(account, id);
    if (message?.status === undefined) continue;
    if (order.indexOf(status) > order.indexOf(message.status)) message.status = status;
  }
}

/** A companion of this account has read what others wrote. */
export function markRead(account: Account, stanza: BinaryNode): void {
  for (const id of idsOf(stanza)) {
    const message = findMessage(account, id);
    if (message !== undefined) message.read = true;
  }
}

/** One receipt may speak for many messages: its own id and a list of more. */
function idsOf(stanza: BinaryNode): string[] {
  const list = getBinaryNodeChildren(getBinaryNodeChild(stanza, "list"), "item");
  return [attr(stanza, "id"), ...list.map((item) => attr(item, "id"))];
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
  if (chat.length > bounds.messagesPerChat) chat.shift();
  account.phone.chats.set(entry.peer, chat);
}

/** Edits and revocations change an older message of the same author instead of adding one. */
function applyProtocol(account: Account, entry: Entry, fromMe: boolean): boolean {
  const protocol =
    entry.message.protocolMessage ?? entry.message.editedMessage?.message?.protocolMessage;
  if (!protocol) return false;
  const target = findMessage(account, protocol.key?.id ?? "");
  if (target?.fromMe === fromMe) changeMessage(target, protocol);
  return true;
}

function changeMessage(target: ChatMessage, change: proto.Message.IProtocolMessage): void {
  if (change.type === REVOKE) target.revoked = true;
  if (change.type !== MESSAGE_EDIT || !change.editedMessage) return;
  target.text = describeMessage(change.editedMessage).text;
  target.edited = true;
}
