import { setTimeout as delay } from "node:timers/promises";

/** Polls; false when the time is up. */
export async function until(ask: () => boolean, timeoutMs: number, everyMs = 50): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!ask()) {
    if (Date.now() > deadline) return false;
    await delay(everyMs);
  }
  return true;
}
