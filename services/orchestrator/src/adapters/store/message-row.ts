import type { Channel } from "@rarity/contracts/channels";
import type { Message } from "@rarity/contracts/messages";
import { laneOf, type StoredMessageStatus } from "@rarity/contracts/status";
import { readContent } from "../../domain/read-content.ts";
import { isoOf, isoOrNull } from "./database.ts";

export interface MessageRow {
  id: string;
  conversation_id: string;
  account_id: string;
  channel: Channel;
  direction: "in" | "out";
  seq: string;
  status: StoredMessageStatus;
  status_reason: string | null;
  content: unknown;
  lane: number | null;
  send_at: Date | null;
  reply_to: string | null;
  provider_message_id: string | null;
  backfilled: boolean;
  metadata: Record<string, string>;
  created_by: string | null;
  created_at: Date;
  updated_at: Date;
}

const messageColumns = [
  "id",
  "conversation_id",
  "account_id",
  "channel",
  "direction",
  "seq",
  "status_reason",
  "content",
  "lane",
  "send_at",
  "reply_to",
  "provider_message_id",
  "backfilled",
  "metadata",
  "created_by",
  "created_at",
  "updated_at",
] as const;

/** `m.id, m.seq, ...`, and where the message stands. */
export const selectMessage = `${messageColumns.map((name) => `m.${name}`).join(", ")},
  messaging.status_of(m) as status`;

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    accountId: row.account_id,
    channel: row.channel,
    direction: row.direction,
    seq: Number(row.seq),
    status: row.status,
    statusReason: row.status_reason,
    content: readContent(row.direction, row.content),
    priority: row.lane === null ? null : laneOf(row.lane),
    sendAt: isoOrNull(row.send_at),
    replyTo: row.reply_to,
    providerMessageId: row.provider_message_id,
    backfilled: row.backfilled,
    metadata: row.metadata,
    createdBy: row.created_by,
    createdAt: isoOf(row.created_at),
    updatedAt: isoOf(row.updated_at),
  };
}
