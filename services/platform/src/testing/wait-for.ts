import { setTimeout as sleep } from "node:timers/promises";

export type WaitOptions = { timeoutMs?: number; intervalMs?: number; what?: string };

type Found<T> = NonNullable<Exclude<T, false>>;

/** Polls until `probe` answers something other than false, null or undefined, or the time is up. */
export const waitFor = async <T>(
  probe: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Found<T>> => {
  const { timeoutMs = 20_000, intervalMs = 20, what = "the condition" } = options;
  const deadline = performance.now() + timeoutMs;
  let failure: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await probe();
      if (isFound(value)) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await sleep(intervalMs);
  }
  throw new Error(`${what} was not reached within ${String(timeoutMs)} ms`, { cause: failure });
};

const isFound = <T>(value: T): value is Found<T> & T =>
  value !== false && value !== null && value !== undefined;
