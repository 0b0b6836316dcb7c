export interface RateLimit {
  /** How many may come at once. */
  readonly burst: number;
  /** The time in which a used-up allowance comes back whole. */
  readonly windowMs: number;
}

interface RateDecision {
  readonly allowed: boolean;
  readonly retryAfterS: number;
}

export interface RateLimiter {
  take(key: string, limit: RateLimit): RateDecision;
  /** Gives one back: a caller who proved who they are does not use up the allowance for guessing. */
  giveBack(key: string, limit: RateLimit): void;
}

interface Bucket {
  tokens: number;
  updatedAt: number;
}

/**
 * Token buckets in memory. A full table forgets the bucket that was touched longest ago, so that
 * callers who invent keys cost bounded memory and cannot lock anybody else out.
 */
export function createRateLimiter(now: () => number, keysMax = 100_000): RateLimiter {
  const buckets = new Map<string, Bucket>();

  const refill = (key: string, limit: RateLimit): Bucket => {
    const at = now();
    const known = buckets.get(key);
    const gained = known ? ((at - known.updatedAt) * limit.burst) / limit.windowMs : limit.burst;
    const tokens = Math.min(limit.burst, (known?.tokens ?? 0) + gained);
    const bucket = { tokens, updatedAt: at };
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > keysMax) buckets.delete(buckets.keys().next().value ?? key);
    return bucket;
  };

  return {
    take(key, limit) {
      const bucket = refill(key, limit);
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return { allowed: true, retryAfterS: 0 };
      }
      const waitMs = ((1 - bucket.tokens) * limit.windowMs) / limit.burst;
      return { allowed: false, retryAfterS: Math.max(1, Math.ceil(waitMs / 1000)) };
    },
    giveBack(key, limit) {
      const bucket = refill(key, limit);
      bucket.tokens = Math.min(limit.burst, bucket.tokens + 1);
    },
  };
}
