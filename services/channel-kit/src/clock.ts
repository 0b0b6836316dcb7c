import { performance } from "node:perf_hooks";

/** Wall time for people, monotonic time for decisions: a clock step must never extend a lease. */
export type Clock = { nowMs(): number; monotonicMs(): number; random(): number };

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
};
