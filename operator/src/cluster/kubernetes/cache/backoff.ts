import { setTimeout as delay } from "node:timers/promises";

export interface Backoff {
  /** Waits until the next try is due; at once for the first. Throws when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>;
  /** The try before was worth it: the next ones start from the base again, after a good while. */
  succeeded(): void;
}

export interface BackoffOptions {
  baseMs: number;
  maxMs: number;
  random: () => number;
  /** How long things have to go well before the delays start from the base again. */
  resetAfterMs?: number;
  nowMs?: () => number;
}

/**
 * Paces tries that never end: the base apart at least, more and more apart when they come quickly
 * one after the other, with jitter upwards, so that many clients do not come back together.
 */
export const createBackoff = ({
  baseMs,
  maxMs,
  random,
  resetAfterMs = 120_000,
  nowMs = () => performance.now(),
}: BackoffOptions): Backoff => {
  let lastMs: number | undefined;
  let delayMs = baseMs;
  return {
    wait: async (signal) => {
      signal.throwIfAborted();
      if (lastMs !== undefined) {
        const sinceMs = nowMs() - lastMs;
        if (sinceMs > Math.max(resetAfterMs, delayMs)) delayMs = baseMs;
        const waitMs = delayMs * (1 + random() / 5) - sinceMs;
        delayMs = Math.min(maxMs, delayMs * 2);
        if (waitMs > 0) await delay(waitMs, undefined, { signal });
      }
      lastMs = nowMs();
    },
    succeeded: () => {
      if (lastMs !== undefined && nowMs() - lastMs > resetAfterMs) delayMs = baseMs;
    },
  };
};
