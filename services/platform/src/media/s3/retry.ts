import { setTimeout as delay } from "node:timers/promises";
import { MediaStorageError } from "../media-store.ts";

export type RetryPolicy = { triesMax: number; baseMs: number };

const usual: RetryPolicy = { triesMax: 4, baseMs: 200 };

/** Tries again after what may pass by itself, at growing and uneven distances. */
export async function withRetry<T>(
  work: () => Promise<T>,
  { triesMax, baseMs }: RetryPolicy = usual,
): Promise<T> {
  for (let turn = 1; ; turn += 1) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof MediaStorageError && error.retryable;
      if (!mayPass || turn >= triesMax) throw error;
      await delay(baseMs * 2 ** (turn - 1) * (0.5 + Math.random()));
    }
  }
}
