import { queryOnce, type Pool } from "@rarity/platform/postgres";
import type { RelayedEvent } from "../../workers/relay.ts";
import { isoOf } from "./database.ts";

/** What was committed together: the events `first_seq` and on of one organization. */
interface RelayRow {
  org_id: string;
  first_seq: string;
  events: {
    id: string;
    type: string;
    accountId: string | null;
    wake: boolean;
    data: Record<string, unknown>;
  }[];
  at: Date;
  traces: Record<string, string> | null;
}

/** Moves about `max` events of all tenants to their streams; committed when it resolves. */
export async function takeRelayed(
  pool: Pool,
  max: number,
  traced: boolean,
): Promise<RelayedEvent[]> {
  const rows = await queryOnce<RelayRow>(
    pool,
    "select org_id, first_seq, events, at, traces from messaging.relay_take($1, $2)",
    [max, traced],
  );
  return rows.flatMap(eventsOf);
}

function eventsOf(row: RelayRow): RelayedEvent[] {
  const firstSeq = Number(row.first_seq);
  const at = isoOf(row.at);
  return row.events.map(({ id, type, accountId, wake, data }, index) => ({
    orgId: row.org_id,
    accountId,
    seq: firstSeq + index,
    id,
    type,
    at,
    data,
    wake,
    traceparent: row.traces?.[String(data["messageId"])] ?? null,
  }));
}
