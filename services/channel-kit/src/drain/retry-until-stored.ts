import type { BackoffPolicy } from "../backoff.ts";
import { backoffMs } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import { sleep } from "../sleep.ts";

export type RetryOptions = {
  clock: Clock;
  backoff: BackoffPolicy;
  /** Ends the waiting: the process is about to go, and recovery will find the open attempt. */
  giveUp: AbortSignal;
  onRetry(error: unknown, failures: number): void;
};

/**
 * Evidence that a provider took a message is never dropped while this process lives: keep asking
 * Postgres, at a bounded rate, until it is stored. Answers false only when told to give up.
 */
export async function retryUntilStored(
  store: () => Promise<void>,
  options: RetryOptions,
): Promise<boolean> {
  for (let failures = 0; ;) {
    try {
      await store();
      return true;
    } catch (error) {
      failures += 1;
      options.onRetry(error, failures);
      if (options.giveUp.aborted) return false;
      const pause = backoffMs(failures, options.backoff, options.clock.random());
      await sleep(pause, options.giveUp);
    }
  }
}
