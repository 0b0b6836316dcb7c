export type BackoffPolicy = { baseMs: number; maxMs: number };

/** Exponential with half jitter: never zero (no hot loop), never above `maxMs`. */
export function backoffMs(failures: number, policy: BackoffPolicy, random: number): number {
  const exponent = Math.min(Math.max(failures, 1) - 1, 30);
  const ceiling = Math.min(policy.baseMs * 2 ** exponent, policy.maxMs);
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
