import type { BackoffPolicy } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { SettleResult } from "../store/channel-store.ts";
import { retryUntilStored } from "./retry-until-stored.ts";

export type SettlerDeps = {
  /** The group committer: one T2 for everything that arrived while the former was in flight. */
  submit(result: SettleResult): Promise<unknown>;
  giveUp: AbortSignal;
  clock: Clock;
  backoff: BackoffPolicy;
  onRetry(error: unknown, failures: number): void;
  onStored(result: SettleResult): void;
};

class NotStoredError extends Error {
  constructor() {
    super("the process ended before Postgres answered");
    this.name = "NotStoredError";
  }
}

export function createSettler(deps: SettlerDeps): (result: SettleResult) => Promise<void> {
  return async (result) => {
    const stored = await retryUntilStored(
      async () => {
        await deps.submit(result);
      },
      { clock: deps.clock, backoff: deps.backoff, giveUp: deps.giveUp, onRetry: deps.onRetry },
    );
    if (!stored) throw new NotStoredError();
    deps.onStored(result);
  };
}
