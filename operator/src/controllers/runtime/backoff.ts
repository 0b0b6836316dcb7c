import { createTokenBucket } from "./token-bucket.ts";

/** When to try a failed key again: later each time, never in step with others, and all in all bounded. */
export interface Backoff {
  /** Counts a failure. Answers the delay in milliseconds. */
  next(key: string): number;
  /** The key worked. */
  forget(key: string): void;
  failures(key: string): number;
}

export interface BackoffOptions {
  baseMs?: number;
  maxMs?: number;
  /** Retries of all keys together, after the first `burst`. */
  retriesPerSecond?: number;
  burst?: number;
  /** At least 0 and less than 1. */
  random?: () => number;
  nowMs?: () => number;
}

/** The longest delays are what a person waits after mending the cause: a minute, not the quarter hour of client-go. */
export const createBackoff = (options: BackoffOptions = {}): Backoff => {
  const { baseMs = 250, maxMs = 60_000, random = Math.random } = options;
  const { nowMs = () => performance.now(), retriesPerSecond = 10, burst = 100 } = options;
  const bucket = createTokenBucket({ burst, perSecond: retriesPerSecond, nowMs });
  const counts = new Map<string, number>();
  return {
    next: (key) => {
      const count = counts.get(key) ?? 0;
      counts.set(key, count + 1);
      const ideal = Math.min(maxMs, baseMs * 2 ** Math.min(count, 30));
      const jittered = ideal / 2 + (ideal / 2) * random();
      return Math.max(jittered, bucket.take());
    },
    forget: (key) => counts.delete(key),
    failures: (key) => counts.get(key) ?? 0,
  };
};
