import type { BinaryNode } from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { jidOf, resolveJid } from "./addresses.ts";
import type { Connection } from "./connection.ts";
import { attr, node, nowSeconds } from "./node.ts";

export function handlePresence(world: World, conn: Connection, stanza: BinaryNode): void {
  const type = attr(stanza, "type");
  if (type === "subscribe") subscribePresence(world, conn, attr(stanza, "to"));
  if (type !== "available" && type !== "unavailable") return;
  conn.presence = type;
  if (conn.account !== undefined) announcePresence(world, conn.account, type === "available");
}

export function handleChatState(world: World, conn: Connection, stanza: BinaryNode): void {
  const { account, mode } = resolveJid(world, attr(stanza, "to"));
  if (account === undefined || conn.account === undefined) return;
  const outgoing = node("chatstate", { from: jidOf(conn.account, mode) }, stanza.content);
  for (const device of account.devices.values()) device.conn?.send(outgoing);
}

function subscribePresence(world: World, conn: Connection, jid: string): void {
  const { account } = resolveJid(world, jid);
  if (account === undefined) return;
  conn.subscriptions.set(account.pn, jid);
  const online = [...account.devices.values()].some((d) => d.conn?.presence === "available");
  conn.send(presenceNode(jid, online));
}

/** `from` keeps the form, phone number or LID, each watcher subscribed with. */
function announcePresence(world: World, subject: Account, online: boolean): void {
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
