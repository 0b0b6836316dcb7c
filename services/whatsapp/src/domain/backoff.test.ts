import { describe, expect, test } from "vitest";
import { backoffDelayMs } from "./backoff.ts";

const policy = { baseMs: 500, maxMs: 60_000 };
const longest = (failures: number) => backoffDelayMs(policy, failures, () => 0.999_999_999);

describe("backoffDelayMs", () => {
  test("doubles its ceiling with every failure, up to the maximum", () => {
    expect([1, 2, 3, 4].map(longest)).toEqual([499, 999, 1999, 3999]);
    expect(longest(8)).toBe(59_999);
    expect(longest(10_000)).toBe(59_999);
  });

  test("draws from the whole range, so that a crowd spreads out", () => {
    expect(backoffDelayMs(policy, 5, () => 0)).toBe(0);
    expect(backoffDelayMs(policy, 5, () => 0.5)).toBe(4000);
  });

  test("treats no failure like the first", () => {
    expect(longest(0)).toBe(longest(1));
  });
});
