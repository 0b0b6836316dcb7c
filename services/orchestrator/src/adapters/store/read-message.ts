import type { MessageDetail, StatusChange, Waiting } from "@rarity/contracts/messages";
import type { StoredMessageStatus } from "@rarity/contracts/status";
import type { Tx } from "@rarity/platform/postgres";
import { readAttempts } from "./attempt-row.ts";
import { inTenant, isoOf, type Database } from "./database.ts";
import { selectMessage, toMessage, type MessageRow } from "./message-row.ts";

interface EventRow {
  status: StoredMessageStatus;
  at: Date;
  reason: string | null;
  source: string;
}

/** A message with all that is known about it, or undefined when the organization has no such one. */
export function readMessageDetail(
  db: Database,
  orgId: string,
  id: string,
): Promise<MessageDetail | undefined> {
  return inTenant(db, orgId, async (tx) => {
    const { rows } = await tx.query<MessageRow>(
      `select ${selectMessage} from messaging.message m where m.id = $1`,
      [id],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      ...toMessage(row),
      history: await readHistory(tx, id),
      attempts: await readAttempts(tx, id),
      waiting: await explainWait(tx, id),
    };
  });
}

async function readHistory(tx: Tx, id: string): Promise<StatusChange[]> {
  const { rows } = await tx.query<EventRow>(
    `select status, at, reason, source from messaging.message_event
     where message_id = $1 order by id`,
    [id],
  );
  return rows.map(({ status, at, reason, source }) => ({ status, at: isoOf(at), reason, source }));
}

async function explainWait(tx: Tx, id: string): Promise<Waiting | null> {
  const { rows } = await tx.query<{ waiting: Waiting | null }>(
    "select messaging.explain_wait($1) as waiting",
    [id],
  );
  const waiting = rows[0]?.waiting;
  if (!waiting) return null;
  const { reason, message, until } = waiting;
  return { reason, message, until: until ? isoOf(until) : null };
}
