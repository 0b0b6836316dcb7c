import { setTimeout as delay } from "node:timers/promises";

type Polling = { everyMs?: number; signal?: AbortSignal };

const pollingOf = (given: number | Polling): { everyMs: number; signal?: AbortSignal } =>
  typeof given === "number" ? { everyMs: given } : { everyMs: 25, ...given };

/** Asks until the answer is neither undefined nor false; says what it waited for when time is up. */
export const waitUntil = async <T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
  polling: number | Polling = {},
): Promise<T> => {
  const { everyMs, signal } = pollingOf(polling);
  const deadline = performance.now() + timeoutMs;
  let last = "";
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error instanceof Error ? `: ${error.message}` : "";
    }
    if (performance.now() > deadline) {
      throw new Error(`gave up after ${Math.round(timeoutMs / 1000)} s waiting for ${what}${last}`);
    }
    await delay(everyMs, undefined, { signal });
  }
};
