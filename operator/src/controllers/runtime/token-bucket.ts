/** Lets `burst` through at once and `perSecond` after that. */
export interface TokenBucket {
  /** Takes one token. Answers how long to wait before there is one, 0 when it was there. */
  take(): number;
  /** Whether nothing was taken lately, so that the bucket can be forgotten. */
  isFull(): boolean;
}

export const createTokenBucket = (deps: {
  burst: number;
  perSecond: number;
  /** Milliseconds of a clock that never goes back. */
  nowMs: () => number;
}): TokenBucket => {
  const { burst, perSecond, nowMs } = deps;
  let tokens = burst;
  let seenMs = nowMs();

  const refill = (): void => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + ((now - seenMs) / 1000) * perSecond);
    seenMs = now;
  };

  return {
    take: () => {
      refill();
      if (tokens < 1) return ((1 - tokens) / perSecond) * 1000;
      tokens -= 1;
      return 0;
    },
    isFull: () => {
      refill();
      return tokens >= burst;
    },
  };
};
