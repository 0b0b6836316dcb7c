import { getBinaryNodeChild, type BinaryNode } from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { jidOf, resolveJid } from "./addresses.ts";
import type { Connection, Session } from "./connection.ts";
import { attr, node, nowSeconds } from "./node.ts";

export function handlePresence(world: World, session: Session, stanza: BinaryNode): void {
  const type = attr(stanza, "type");
  if (type === "subscribe") subscribePresence(world, session.conn, attr(stanza, "to"));
  if (type !== "available" && type !== "unavailable") return;
  session.conn.presence = type;
  announcePresence(world, session.account);
}

/** `from` is in the form, phone number or LID, that the client addressed the chat with. */
export function handleChatState(world: World, session: Session, stanza: BinaryNode): void {
  const { account, mode } = resolveJid(world, attr(stanza, "to"));
  if (account === undefined) return;
  const outgoing = node("chatstate", { from: jidOf(session.account, mode) }, stanza.content);
  for (const device of account.devices.values()) device.conn?.send(outgoing);
  // What the person holding the phone sees under the contact's name.
  const composing = getBinaryNodeChild(stanza, "composing");
  const state = composing === undefined ? "paused" : (composing.attrs["media"] ?? "composing");
  world.events.append("chatstate", account.pn, { from: session.account.pn, state });
}

function subscribePresence(world: World, conn: Connection, jid: string): void {
  const { account } = resolveJid(world, jid);
  if (account === undefined) return;
  conn.subscriptions.set(account.pn, jid);
  conn.send(presenceNode(jid, isAvailable(account)));
}

const isAvailable = (account: Account): boolean =>
  [...account.devices.values()].some(({ conn }) => conn?.presence === "available");

/** `from` keeps the form, phone number or LID, each watcher subscribed with. */
export function announcePresence(world: World, subject: Account): void {
  const online = isAvailable(subject);
  for (const account of world.accounts.values()) {
    for (const device of account.devices.values()) {
      const from = device.conn?.subscriptions.get(subject.pn);
      if (from !== undefined) device.conn?.send(presenceNode(from, online));
    }
  }
}

/** `available` carries no type; only `unavailable` does. */
const presenceNode = (from: string, online: boolean): BinaryNode =>
  node("presence", { from, ...(online ? {} : { type: "unavailable", last: nowSeconds() }) });
