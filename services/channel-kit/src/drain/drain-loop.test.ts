import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { OutboundAttempt } from "../driver.ts";
import { createDrainLoop, type DrainLoop } from "./drain-loop.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const claimMs = 10;
const concurrency = 8;

/** Each claim takes its time and gets the next of `sizes`, none when they are used up. */
const loopOver = (sizes: number[]): { loop: DrainLoop; claimedAt: number[] } => {
  const claimedAt: number[] = [];
  const startMs = Date.now();
  const loop = createDrainLoop({
    claim: async () => {
      claimedAt.push(Date.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, claimMs));
      const attempts = Array.from({ length: sizes.shift() ?? 0 }, () => ({}) as OutboundAttempt);
      return { ok: true, attempts, nextDueInMs: null, waiting: null };
    },
    budget: (free) => free,
    budgetWaitMs: () => 0,
    onClaimed: () => undefined,
    dispatch: () => new Promise(() => undefined),
    onRefused: () => undefined,
    onClaimFailed: () => undefined,
    concurrency,
    backoff: { baseMs: 1, maxMs: 1 },
    clock: { nowMs: Date.now, monotonicMs: Date.now, random: () => 0 },
  });
  return { loop, claimedAt };
};

describe("drain loop", () => {
  test("rests after a small claim, and makes one claim of all that happened meanwhile", async () => {
    const { loop, claimedAt } = loopOver([1, 1]);
    loop.open();
    for (let ms = 0; ms < 60; ms += 1) {
      loop.poke();
      await vi.advanceTimersByTimeAsync(1);
    }
    // Ten for the claim, four times as long for the rest.
    expect(claimedAt).toEqual([0, 50]);
    loop.close();
  });

  test("goes on at once after a claim that was worth its call", async () => {
    const { loop, claimedAt } = loopOver([concurrency / 2]);
    loop.open();
    await vi.advanceTimersByTimeAsync(claimMs + 1);
    expect(claimedAt).toEqual([0, claimMs]);
    loop.close();
  });

  test("claims at once when nothing happened for a while", async () => {
    const { loop, claimedAt } = loopOver([]);
    loop.open();
    await vi.advanceTimersByTimeAsync(1_000);
    loop.poke();
    expect(claimedAt).toEqual([0, 1_000]);
    loop.close();
    await vi.runAllTimersAsync();
    expect(claimedAt).toHaveLength(2);
  });
});
