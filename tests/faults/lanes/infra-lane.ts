import { setTimeout as delay } from "node:timers/promises";
import type { InfraFault } from "../plan/make-plan.ts";
import type { Random } from "../plan/random.ts";
import type { Account } from "../scenario/people.ts";
import type { World } from "../world/start-world.ts";
import type { LaneLog } from "./injected.ts";

export type InfraLaneDeps = {
  world: World;
  accounts: readonly Account[];
  log: LaneLog;
  random: Random;
  /** Average pause between two faults. */
  everyMs: number;
};

/** What everything stands on: Redis emptied or killed, Postgres cut off and started again. */
export async function runInfraLane(
  deps: InfraLaneDeps,
  faults: readonly InfraFault[],
): Promise<void> {
  const { world, log } = deps;
  const run: Record<InfraFault, () => Promise<void>> = {
    redis_flush: () => world.flushRedis(),
    redis_kill: () => world.restartRedis(),
    postgres_restart: () => world.postgres.restartAtOnce(),
  };
  const accounts = deps.accounts.filter((account) => !account.tight).map(({ id }) => id);
  for (const what of faults) {
    await delay(deps.random.between(deps.everyMs / 2, deps.everyMs * 1.5));
    const at = Date.now();
    await run[what]();
    log.injected({
      ...{ lane: "infra", what, at, reached: true, chained: false, takeover: false },
      hits: { accounts },
    });
  }
}
