import { asAppError } from "@rarity/platform/errors";
import type { BackoffPolicy } from "../backoff.ts";
import { backoffMs } from "../backoff.ts";
import { sleep } from "../sleep.ts";

export type OutageOptions = {
  /** Ends the waiting: the lease is lost, or the process is about to go. */
  giveUp: AbortSignal;
  random(): number;
  backoff?: BackoffPolicy;
  /** The first failure is 1. */
  onRetry?(error: unknown, failures: number): void;
};

/** Often enough that an account serves soon after Postgres does; a crowd is spread by the jitter. */
export const outageBackoff: BackoffPolicy = { baseMs: 100, maxMs: 1000 };

/**
 * Repeats `work` for as long as the database is away, and until `giveUp` aborts: after one last try,
 * and for any other failure at once, it rejects with the last error. Only for work that may be done
 * twice, since a lost answer to COMMIT counts as away.
 */
export async function outlastOutage<T>(work: () => Promise<T>, options: OutageOptions): Promise<T> {
  const { giveUp, random, backoff = outageBackoff, onRetry } = options;
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (giveUp.aborted || asAppError(error).code !== "UNAVAILABLE") throw error;
      onRetry?.(error, failures);
      await sleep(backoffMs(failures, backoff, random()), giveUp);
    }
  }
}
