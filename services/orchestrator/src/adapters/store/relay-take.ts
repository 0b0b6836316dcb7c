import { queryOnce, type Pool } from "@rarity/platform/postgres";
import type { RelayedEvent } from "../../workers/relay.ts";
import { isoOf } from "./database.ts";

interface RelayRow {
  org_id: string;
  account_id: string | null;
  seq: string;
  event_id: string;
  type: string;
  data: unknown;
  at: Date;
  wake: boolean;
  traceparent: string | null;
}

/** Moves outbox rows of all tenants to their streams; committed when it resolves. */
export async function takeRelayed(
  pool: Pool,
  max: number,
  traced: boolean,
): Promise<RelayedEvent[]> {
  const rows = await queryOnce<RelayRow>(
    pool,
    `select org_id, account_id, seq, event_id, type, data, at, wake, traceparent
     from messaging.relay_take($1, $2)`,
    [max, traced],
  );
  return rows.map((row) => ({
    orgId: row.org_id,
    accountId: row.account_id,
    seq: Number(row.seq),
    id: row.event_id,
    type: row.type,
    at: isoOf(row.at),
    data: row.data,
    wake: row.wake,
    traceparent: row.traceparent,
  }));
}
