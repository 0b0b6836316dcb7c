import type { Scope } from "@rarity/platform/lifecycle";
import type { Logger } from "@rarity/platform/logger";
import type { WakeQueue } from "@rarity/platform/queue";
import type { Database } from "./adapters/store/database.ts";
import { sweepDue } from "./adapters/store/sweep-due.ts";
import type { OrchestratorConfig } from "./config.ts";
import type { OrchestratorMetrics } from "./metrics.ts";
import type { StreamHub } from "./sockets/stream-hub.ts";
import { startRepeating } from "./workers/repeat.ts";
import { sweepAccounts } from "./workers/sweep-accounts.ts";

export interface HousekeepingParts {
  readonly db: Database;
  readonly queue: WakeQueue;
  readonly hub: StreamHub;
  readonly logger: Logger;
  readonly config: Pick<OrchestratorConfig, "SWEEP_EVERY_MS">;
  readonly own: OrchestratorMetrics;
}

const verifyStreamsEveryMs = 2_000;
const pruneEveryMs = 10 * 60_000;
const partitionsEveryMs = 12 * 3_600_000;

/** What has to happen again and again for a lost hint to cost delay and never a message. */
export function startHousekeeping(scope: Scope, parts: HousekeepingParts): void {
  const { db, queue, hub, logger, config, own } = parts;
  const repeat = (name: string, everyMs: number, task: () => Promise<void>): void => {
    const repeater = startRepeating({ name, everyMs, logger, task });
    scope.onStop(name, () => repeater.stop());
  };
  repeat("sweeper", config.SWEEP_EVERY_MS, async () => {
    const count = await sweepAccounts({
      sweep: (max) => sweepDue(db.pool, max),
      wake: async (accountIds) => {
        await queue.wake(accountIds);
      },
    });
    own.onSwept(count);
  });
  // Redis may lose a publication without anybody noticing; Postgres is asked when it was quiet.
  repeat("stream check", verifyStreamsEveryMs, () => hub.verify(verifyStreamsEveryMs));
  repeat("prune", pruneEveryMs, async () => {
    await db.pool.query("select messaging.prune()");
  });
  repeat("partitions", partitionsEveryMs, async () => {
    await db.pool.query("select app.ensure_partitions(3)");
  });
}
