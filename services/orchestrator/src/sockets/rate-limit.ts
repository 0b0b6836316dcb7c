/** A token bucket on a clock of its own choosing. */
export interface RateLimit {
  take(): boolean;
}

export function makeRateLimit(options: {
  perSecond: number;
  burst: number;
  nowMs: () => number;
}): RateLimit {
  let tokens = options.burst;
  let last = options.nowMs();
  return {
    take: () => {
      const now = options.nowMs();
      tokens = Math.min(options.burst, tokens + ((now - last) / 1000) * options.perSecond);
      last = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
