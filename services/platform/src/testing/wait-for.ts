import { setTimeout as sleep } from "node:timers/promises";

/** Polls until `probe` answers something other than false, null or undefined, or the time is up. */
export const waitFor = async <T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 5_000, intervalMs = 20, what = "the condition" } = {},
): Promise<NonNullable<Exclude<T, false>>> => {
  const deadline = performance.now() + timeoutMs;
  let failure: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== false && value !== null && value !== undefined) {
        return value as NonNullable<Exclude<T, false>>;
      }
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`${what} was not reached within ${timeoutMs} ms`, { cause: failure });
    }
    await sleep(intervalMs);
  }
};
