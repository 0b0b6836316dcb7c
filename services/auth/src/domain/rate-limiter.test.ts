import { describe, expect, it } from "vitest";
import { createRateLimiter } from "./rate-limiter.ts";

const limit = { burst: 3, windowMs: 3_000 };

describe("createRateLimiter", () => {
  it("lets a burst through, then says when to come back, then lets one through", () => {
    let now = 0;
    const limiter = createRateLimiter(() => now);
    const take = (): boolean => limiter.take("a", limit).allowed;
    expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
    expect(limiter.take("a", limit).retryAfterS).toBe(1);
    now = 1_000;
    expect([take(), take()]).toEqual([true, false]);
  });

  it("keeps callers apart", () => {
    const limiter = createRateLimiter(() => 0);
    for (let i = 0; i < 3; i += 1) limiter.take("a", limit);
    expect(limiter.take("a", limit).allowed).toBe(false);
    expect(limiter.take("b", limit).allowed).toBe(true);
  });

  it("gives back without exceeding the burst", () => {
    const limiter = createRateLimiter(() => 0);
    limiter.giveBack("a", limit);
    const taken = Array.from({ length: 4 }, () => limiter.take("a", limit).allowed);
    expect(taken).toEqual([true, true, true, false]);
    limiter.giveBack("a", limit);
    expect(limiter.take("a", limit).allowed).toBe(true);
  });

  it("stays bounded and forgets the key touched longest ago", () => {
    const limiter = createRateLimiter(() => 0, 2);
    for (let i = 0; i < 3; i += 1) limiter.take("old", limit);
    limiter.take("b", limit);
    limiter.take("c", limit);
    expect(limiter.take("old", limit).allowed).toBe(true);
  });
});
