import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { OutboundAttempt } from "../driver.ts";
import { createDrainLoop, type DrainLoop } from "./drain-loop.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const claimMs = 10;
const concurrency = 8;

type Claims = { loop: DrainLoop; claimedAt: number[]; budgets: number[]; endAll: () => void };

/** Each claim takes its time and gets the next of `sizes`, none when they are used up. */
const loopOver = (sizes: number[]): Claims => {
  const claimedAt: number[] = [];
  const budgets: number[] = [];
  const ends: (() => void)[] = [];
  const startMs = Date.now();
  const loop = createDrainLoop({
    claim: async (max) => {
      budgets.push(max);
      claimedAt.push(Date.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, claimMs));
      const attempts = Array.from({ length: sizes.shift() ?? 0 }, () => ({}) as OutboundAttempt);
      return { ok: true, attempts, nextDueInMs: null, waiting: null };
    },
    budget: (free) => free,
    budgetWaitMs: () => 0,
    onClaimed: () => undefined,
    dispatch: () => new Promise((resolve) => ends.push(resolve)),
    onRefused: () => undefined,
    onClaimFailed: () => undefined,
    concurrency,
    backoff: { baseMs: 1, maxMs: 1 },
    clock: { nowMs: Date.now, monotonicMs: Date.now, random: () => 0 },
  });
  const endAll = (): void => {
    for (const end of ends.splice(0)) end();
  };
  return { loop, claimedAt, budgets, endAll };
};

/** Fake timers run an immediate when time moves: a claim begins a millisecond after its poke. */
const turnMs = 1;

describe("drain loop", () => {
  test("rests after a small claim, and makes one claim of all that happened meanwhile", async () => {
    const { loop, claimedAt } = loopOver([1, 1]);
    loop.open();
    for (let ms = 0; ms < 70; ms += 1) {
      loop.poke();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(claimedAt).toHaveLength(2);
    // Ten for the claim, four times as long for the rest.
    expect(claimedAt[1]).toBeGreaterThanOrEqual(50);
    expect(claimedAt[1]).toBeLessThanOrEqual(50 + 2 * turnMs);
    loop.close();
  });

  test("a backlog is claimed when there is room for half, and in one claim for all that ended together", async () => {
    const { loop, budgets, endAll } = loopOver([concurrency, concurrency]);
    loop.open();
    await vi.advanceTimersByTimeAsync(claimMs + 2 * turnMs);
    endAll();
    await vi.advanceTimersByTimeAsync(2 * turnMs);
    expect(budgets).toEqual([concurrency, concurrency]);
    loop.close();
  });

  test("claims at once when nothing happened for a while, and never once it is closed", async () => {
    const { loop, claimedAt } = loopOver([]);
    loop.open();
    await vi.advanceTimersByTimeAsync(1_000);
    loop.poke();
    await vi.advanceTimersByTimeAsync(turnMs);
    expect(claimedAt).toHaveLength(2);
    expect(claimedAt[1]).toBeLessThanOrEqual(1_000 + turnMs);
    loop.poke();
    loop.close();
    await vi.runAllTimersAsync();
    expect(claimedAt).toHaveLength(2);
  });
});
