import type { AccountDepth } from "@rarity/contracts/internal";
import { withSystem, type Pool } from "@rarity/platform/postgres";
import { isoOrNull } from "./database.ts";

interface DepthRow {
  account_id: string;
  org_id: string;
  ready: string;
  waiting: string;
  oldest_ready_age_ms: string | null;
  next_due_at: Date | null;
}

/** Every account's depth in one statement: the autoscaler asks often. */
export async function readQueueDepth(pool: Pool): Promise<AccountDepth[]> {
  const { rows } = await withSystem(pool, (tx) =>
    tx.query<DepthRow>("select * from messaging.queue_depth()"),
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    orgId: row.org_id,
    ready: Number(row.ready),
    waiting: Number(row.waiting),
    oldestReadyAgeMs: Math.max(0, Number(row.oldest_ready_age_ms ?? 0)),
    nextDueAt: isoOrNull(row.next_due_at),
  }));
}
