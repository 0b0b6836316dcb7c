import type { Conversation, ConversationDetail } from "@rarity/contracts/conversations";
import { AppError } from "@rarity/platform/errors";
import type { Tx } from "@rarity/platform/postgres";
import { z } from "zod";
import { cutPage, decodeCursor, encodeCursor, type PageRequest } from "../../domain/cursor.ts";
import {
  conversationColumns,
  toConversation,
  withLastMessages,
  type ConversationRow,
} from "./conversation-row.ts";
import { inTenant, type Database } from "./database.ts";
import { selectMessage, toMessage, type MessageRow } from "./message-row.ts";

const Place = z.tuple([z.int().nonnegative()]);

export function findConversation(
  db: Database,
  orgId: string,
  id: string,
): Promise<Conversation | undefined> {
  return inTenant(db, orgId, (tx) => selectConversation(tx, id));
}

/** A conversation with one page of its messages: the newest when no cursor says otherwise. */
export function readConversation(
  db: Database,
  orgId: string,
  input: PageRequest & { id: string },
): Promise<ConversationDetail | undefined> {
  return inTenant(db, orgId, async (tx) => {
    const conversation = await selectConversation(tx, input.id);
    if (conversation === undefined) return undefined;
    return { ...conversation, messages: await readMessages(tx, conversation.id, input) };
  });
}

async function selectConversation(tx: Tx, id: string): Promise<Conversation | undefined> {
  const { rows } = await tx.query<ConversationRow>(
    `select ${conversationColumns} from messaging.conversation c
     where c.id = coalesce((select merged_into from messaging.conversation where id = $1), $1)`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return toConversation(row, await withLastMessages(tx, [row]));
}

async function readMessages(
  tx: Tx,
  conversationId: string,
  { limit, after, before }: PageRequest,
): Promise<ConversationDetail["messages"]> {
  const forwards = after !== undefined;
  const cursor = after ?? before;
  const place = cursor === undefined ? undefined : seqOf(cursor);
  const { rows } = await tx.query<MessageRow>(
    `select ${selectMessage} from messaging.message m
     where m.conversation_id = $1 and ($2::bigint is null or m.seq ${forwards ? ">" : "<"} $2)
     order by m.seq ${forwards ? "asc" : "desc"} limit $3`,
    [conversationId, place ?? null, limit + 1],
  );
  // Without a cursor the reading starts at the newest and goes back, like `before` does.
  const request = forwards ? { limit, after } : { limit, before: before ?? "" };
  const page = cutPage(rows, request, (row) => encodeCursor([Number(row.seq)]));
  const atNewest = cursor === undefined;
  return {
    data: page.data.map(toMessage),
    page: atNewest ? { ...page.page, next: null } : page.page,
  };
}

function seqOf(cursor: string): number {
  const place = decodeCursor(Place, cursor);
  if (place === undefined) {
    throw new AppError("VALIDATION_FAILED", "The cursor was not made by this list");
  }
  return place[0];
}
