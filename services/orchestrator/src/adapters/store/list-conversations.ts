import type { Conversation, ConversationStatus } from "@rarity/contracts/conversations";
import type { Channel } from "@rarity/contracts/channels";
import { AppError } from "@rarity/platform/errors";
import { z } from "zod";
import {
  cutPage,
  decodeCursor,
  encodeCursor,
  type PageRequest,
  type PageResult,
} from "../../domain/cursor.ts";
import {
  conversationColumns,
  toConversation,
  withLastMessages,
  type ConversationRow,
} from "./conversation-row.ts";
import { inTenant, type Database } from "./database.ts";

export interface ConversationFilter extends PageRequest {
  readonly status?: ConversationStatus | undefined;
  readonly channel?: Channel | undefined;
  readonly accountId?: string | undefined;
  readonly leadId?: string | undefined;
}

const Place = z.tuple([z.string(), z.uuid()]);

/** Last active first. The key is (last_message_at, id), which the index has. */
export function listConversations(
  db: Database,
  orgId: string,
  filter: ConversationFilter,
): Promise<PageResult<Conversation>> {
  const { where, values } = conditionsOf(filter);
  const order = filter.before === undefined ? "desc" : "asc";
  return inTenant(db, orgId, async (tx) => {
    const { rows } = await tx.query<ConversationRow>(
      `select ${conversationColumns} from messaging.conversation c where ${where.join(" and ")}
       order by c.last_message_at ${order}, c.id ${order} limit ${filter.limit + 1}`,
      values,
    );
    const page = cutPage(rows, filter, (row) => encodeCursor([row.last_message_key, row.id]));
    const last = await withLastMessages(tx, page.data);
    return { ...page, data: page.data.map((row) => toConversation(row, last)) };
  });
}

function conditionsOf(filter: ConversationFilter): { where: string[]; values: unknown[] } {
  const where = ["c.merged_into is null", "c.last_message_at is not null"];
  const values: unknown[] = [];
  const add = (value: unknown, condition: (place: string) => string): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  add(filter.status, (p) => `c.status = ${p}`);
  add(filter.channel, (p) => `c.channel = ${p}`);
  add(filter.accountId, (p) => `c.account_id = ${p}`);
  add(filter.leadId, (p) => `c.lead_id = ${p}`);
  const cursor = filter.before ?? filter.after;
  if (cursor !== undefined) {
    const [at, id] = placeOf(cursor);
    values.push(at, id);
    const [first, second] = [`$${values.length - 1}`, `$${values.length}`];
    const past = filter.before === undefined ? "<" : ">";
    where.push(`(c.last_message_at, c.id) ${past} (${first}::timestamptz, ${second}::uuid)`);
  }
  return { where, values };
}

function placeOf(cursor: string): z.output<typeof Place> {
  const place = decodeCursor(Place, cursor);
  if (place && !Number.isNaN(Date.parse(place[0]))) return place;
  throw new AppError("VALIDATION_FAILED", "The cursor was not made by this list");
}
