import type { Channel } from "@rarity/contracts/channels";
import type { DeadLetter, DeadLetterDetail, DeadLetterState } from "@rarity/contracts/dead-letters";
import { AppError } from "@rarity/platform/errors";
import { z } from "zod";
import {
  cutPage,
  decodeCursor,
  encodeCursor,
  type PageRequest,
  type PageResult,
} from "../../domain/cursor.ts";
import { readAttempts, toSendError } from "./attempt-row.ts";
import { inTenant, isoOf, isoOrNull, type Database } from "./database.ts";

interface DeadLetterRow {
  id: string;
  message_id: string;
  conversation_id: string;
  account_id: string;
  channel: Channel;
  state: DeadLetterState;
  error: unknown;
  attempt_count: number;
  created_at: Date;
  resolved_at: Date | null;
  resolved_by: string | null;
}

export interface DeadLetterFilter extends PageRequest {
  readonly state?: DeadLetterState | undefined;
  readonly accountId?: string | undefined;
}

const columns = `id, message_id, conversation_id, account_id, channel, state, error, attempt_count,
  created_at, resolved_at, resolved_by`;

const Place = z.tuple([z.uuid()]);

/** Newest first; ids are in order of time. */
export function listDeadLetters(
  db: Database,
  orgId: string,
  filter: DeadLetterFilter,
): Promise<PageResult<DeadLetter>> {
  const backwards = filter.before !== undefined;
  const cursor = filter.before ?? filter.after;
  const place = cursor === undefined ? undefined : decodeCursor(Place, cursor);
  if (cursor !== undefined && place === undefined) {
    throw new AppError("VALIDATION_FAILED", "The cursor was not made by this list");
  }
  return inTenant(db, orgId, async (tx) => {
    const { rows } = await tx.query<DeadLetterRow>(
      `select ${columns} from messaging.dead_letter
       where ($1::text is null or state = $1) and ($2::uuid is null or account_id = $2)
         and ($3::uuid is null or id ${backwards ? ">" : "<"} $3)
       order by id ${backwards ? "asc" : "desc"} limit $4`,
      [filter.state ?? null, filter.accountId ?? null, place?.[0] ?? null, filter.limit + 1],
    );
    const page = cutPage(rows, filter, (row) => encodeCursor([row.id]));
    return { ...page, data: page.data.map(toDeadLetter) };
  });
}

export function readDeadLetter(
  db: Database,
  orgId: string,
  id: string,
): Promise<DeadLetterDetail | undefined> {
  return inTenant(db, orgId, async (tx) => {
    const { rows } = await tx.query<DeadLetterRow>(
      `select ${columns} from messaging.dead_letter where id = $1`,
      [id],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return { ...toDeadLetter(row), attempts: await readAttempts(tx, row.message_id) };
  });
}

function toDeadLetter(row: DeadLetterRow): DeadLetter {
  return {
    id: row.id,
    messageId: row.message_id,
    conversationId: row.conversation_id,
    accountId: row.account_id,
    channel: row.channel,
    state: row.state,
    error: toSendError(row.error) ?? { class: "unknown", code: "UNKNOWN", message: "Not recorded" },
    attemptCount: row.attempt_count,
    createdAt: isoOf(row.created_at),
    resolvedAt: isoOrNull(row.resolved_at),
    resolvedBy: row.resolved_by,
  };
}
