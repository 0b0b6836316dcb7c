import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeRest, restAfter } from "./rest.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("rest", () => {
  test("grows with what the call took, is bounded, and is none below a timer's resolution", () => {
    const policy = fc.record({
      ratio: fc.double({ min: 0, max: 8, noNaN: true }),
      maxMs: fc.nat(100),
    });
    const tookMs = fc.double({ min: 0, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(policy, tookMs, tookMs, (rest, a, b) => {
        const [short, long] = [restAfter(rest, Math.min(a, b)), restAfter(rest, Math.max(a, b))];
        expect(short).toBeLessThanOrEqual(long);
        expect(long).toBeLessThanOrEqual(rest.maxMs);
        expect(long === 0 || long >= 1).toBe(true);
      }),
    );
    expect(restAfter({ ratio: 4, maxMs: 50 }, 5)).toBe(20);
  });

  test("ends after its time, or when it is cut short", async () => {
    const rest = makeRest({ ratio: 2, maxMs: 20 });
    const over: string[] = [];
    rest.end();
    void rest.after(5).then(() => over.push("first"));
    await vi.advanceTimersByTimeAsync(9);
    expect(over).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toEqual(["first"]);
    void rest.after(5).then(() => over.push("second"));
    rest.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(over).toEqual(["first", "second"]);
  });
});
