import type { Channel, IdentityKind } from "@rarity/contracts/channels";
import type { Conversation, ConversationStatus } from "@rarity/contracts/conversations";
import type { Message } from "@rarity/contracts/messages";
import type { Tx } from "@rarity/platform/postgres";
import { isoOf, isoOrNull } from "./database.ts";
import { selectMessage, toMessage, type MessageRow } from "./message-row.ts";

export interface ConversationRow {
  id: string;
  account_id: string;
  channel: Channel;
  status: ConversationStatus;
  lead_id: string | null;
  recipient_kind: IdentityKind;
  recipient_value: string;
  alt_kind: IdentityKind | null;
  alt_value: string | null;
  display_name: string | null;
  unread_count: number;
  last_seq: string;
  last_message_id: string | null;
  last_message_at: Date | null;
  /** With microseconds, which a Date would lose and a cursor must not. */
  last_message_key: string;
  created_at: Date;
  updated_at: Date;
}

export const conversationColumns = `c.id, c.account_id, c.channel, c.status, c.lead_id, c.recipient_kind,
  c.recipient_value, c.alt_kind, c.alt_value, c.display_name, c.unread_count, c.last_seq,
  c.last_message_id, c.last_message_at, c.created_at, c.updated_at,
  to_char(c.last_message_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_message_key`;

export function toConversation(
  row: ConversationRow,
  lastMessages: ReadonlyMap<string, Message>,
): Conversation {
  const { alt_kind: altKind, alt_value: altValue, last_message_id: lastId } = row;
  return {
    id: row.id,
    accountId: row.account_id,
    channel: row.channel,
    status: row.status,
    leadId: row.lead_id,
    recipient: {
      kind: row.recipient_kind,
      value: row.recipient_value,
      alt: altKind && altValue ? { kind: altKind, value: altValue } : null,
      displayName: row.display_name,
    },
    unreadCount: row.unread_count,
    lastSeq: Number(row.last_seq),
    lastMessage: lastId === null ? null : (lastMessages.get(lastId) ?? null),
    lastMessageAt: isoOrNull(row.last_message_at),
    createdAt: isoOf(row.created_at),
    updatedAt: isoOf(row.updated_at),
  };
}

/** The last messages of a page of conversations, in one query. */
export async function withLastMessages(
  tx: Tx,
  conversations: readonly ConversationRow[],
): Promise<Map<string, Message>> {
  const ids = conversations.flatMap(({ last_message_id: id }) => id ?? []);
  if (ids.length === 0) return new Map();
  const { rows } = await tx.query<MessageRow>(
    `select ${selectMessage} from messaging.message m where m.id = any ($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, toMessage(row)]));
}
