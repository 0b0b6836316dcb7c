import { setTimeout as wait } from "node:timers/promises";

/** Asks until there is an answer, the time is over (undefined) or the signal says stop (undefined). */
export const pollUntil = async <T>(
  ask: () => Promise<T | undefined>,
  { timeoutMs, intervalMs, signal }: { timeoutMs: number; intervalMs: number; signal: AbortSignal },
): Promise<T | undefined> => {
  const end = performance.now() + timeoutMs;
  while (!signal.aborted) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() + intervalMs > end) return undefined;
    await wait(intervalMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
};
