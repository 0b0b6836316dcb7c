import type { BackoffPolicy } from "../backoff.ts";
import { backoffMs } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import { sleep } from "../sleep.ts";

export type LatestWriter<T> = {
  set(value: T): void;
  /** Resolves when the last value is stored or the writer gave up. */
  idle(): Promise<void>;
};

/** Stores the newest value, one write at a time; older values that were never written are skipped. */
export function createLatestWriter<T>(deps: {
  write(value: T): Promise<void>;
  onFailed(error: unknown): void;
  giveUp: AbortSignal;
  clock: Clock;
  backoff: BackoffPolicy;
}): LatestWriter<T> {
  let next: { value: T } | undefined;
  let running: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    for (let failures = 0; next !== undefined;) {
      const current = next;
      next = undefined;
      try {
        await deps.write(current.value);
        failures = 0;
      } catch (error) {
        deps.onFailed(error);
        if (deps.giveUp.aborted) return;
        next ??= current;
        failures += 1;
        await sleep(backoffMs(failures, deps.backoff, deps.clock.random()), deps.giveUp);
      }
    }
  };
  const run = async (): Promise<void> => {
    // Started one turn later, so that `running` is set before it can be cleared.
    await Promise.resolve();
    try {
      await drain();
    } finally {
      running = undefined;
      // A value set between the last look at `next` and this line would wait for ever.
      if (next !== undefined && !deps.giveUp.aborted) running = run();
    }
  };
  return {
    set: (value) => {
      next = { value };
      running ??= run();
    },
    idle: async () => {
      while (running !== undefined) await running;
    },
  };
}
