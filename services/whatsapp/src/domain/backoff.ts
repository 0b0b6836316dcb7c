export type Backoff = { baseMs: number; maxMs: number };

export const reconnectBackoff: Backoff = { baseMs: 500, maxMs: 60_000 };

/** Full jitter: spreads a crowd of accounts evenly after a shared outage. */
export function backoffDelayMs(backoff: Backoff, failures: number, random: () => number): number {
  const exponent = Math.min(Math.max(failures - 1, 0), 30);
  const ceiling = Math.min(backoff.maxMs, backoff.baseMs * 2 ** exponent);
  return Math.floor(random() * ceiling);
}
