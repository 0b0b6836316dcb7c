import { setTimeout as delay } from "node:timers/promises";
import type { WASocket } from "@whiskeysockets/baileys";
import type { Recipient } from "@rarity/channel-kit";
import { jidOf } from "../../domain/jid.ts";

export async function markRead(socket: WASocket, chat: Recipient, ids: string[]): Promise<void> {
  const remoteJid = jidOf(chat);
  if (remoteJid === undefined || ids.length === 0) return;
  await socket.readMessages(ids.map((id) => ({ remoteJid, id, fromMe: false })));
}

export async function showTyping(
  socket: WASocket,
  chat: Recipient,
  durationMs: number,
): Promise<void> {
  const jid = jidOf(chat);
  if (jid === undefined) return;
  await socket.sendPresenceUpdate("composing", jid);
  await delay(durationMs);
  await socket.sendPresenceUpdate("paused", jid);
}
