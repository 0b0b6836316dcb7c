import { describe, expect, it, vi } from "vitest";
import { createBackoff } from "./backoff.ts";

/** Moved by every pause, so that half a minute takes no time. */
const clock = vi.hoisted(() => ({ ms: 0 }));
vi.mock("node:timers/promises", () => ({
  setTimeout: async (ms: number): Promise<void> => {
    clock.ms += ms;
    return Promise.resolve();
  },
}));

/** How long each of some tries had to wait that come to an end after so many milliseconds. */
const waitsBetween = async (lastsMs: readonly number[], random = 0): Promise<number[]> => {
  const nowMs = (): number => clock.ms;
  const backoff = createBackoff({ baseMs: 800, maxMs: 30_000, random: () => random, nowMs });
  const { signal } = new AbortController();
  const waits: number[] = [];
  for (const ms of lastsMs) {
    const began = nowMs();
    await backoff.wait(signal);
    waits.push(nowMs() - began);
    clock.ms += ms;
  }
  return waits;
};

const times = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

describe("the pace of tries that never end", () => {
  it("is slower each time they end at once, up to half a minute", async () => {
    const waits = await waitsBetween(times(9, 0));
    expect(waits).toEqual([0, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  it("is no slower for a quiet kind, whose watches end after minutes without a word", async () => {
    expect(await waitsBetween(times(9, 300_000))).toEqual(times(9, 0));
  });

  it("is quick again after a try that lasted", async () => {
    const waits = await waitsBetween([...times(6, 0), 300_000, 0, 0]);
    expect(waits.at(-2)).toBe(0);
    expect(waits.at(-1)).toBeLessThanOrEqual(1_600);
  });

  it("never comes back earlier for the sake of being spread out", async () => {
    const waits = await waitsBetween(times(3, 0), 0.5);
    expect(waits.map(Math.round)).toEqual([0, 880, 1_760]);
  });
});
