import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { collectAtRest } from "./collect-at-rest.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const megabyte = 1024 * 1024;

it("collects once after a burst, never while there is work, and ends when told to", () => {
  const state = { cpu: 0, heap: 80 * megabyte, collections: 0 };
  const stop = collectAtRest({
    intervalMs: 1_000,
    collect: () => {
      state.collections += 1;
      state.heap = 40 * megabyte;
    },
    cpuMicros: () => state.cpu,
    heapBytes: () => state.heap,
  });
  state.cpu += 500_000;
  vi.advanceTimersByTime(1_000);
  expect(state.collections).toBe(0);
  vi.advanceTimersByTime(5_000);
  expect(state.collections).toBe(1);
  state.heap += 4 * megabyte;
  vi.advanceTimersByTime(5_000);
  expect(state.collections).toBe(1);
  state.heap += 4 * megabyte;
  vi.advanceTimersByTime(1_000);
  expect(state.collections).toBe(2);
  stop();
  state.heap = 200 * megabyte;
  vi.advanceTimersByTime(5_000);
  expect(state.collections).toBe(2);
});
