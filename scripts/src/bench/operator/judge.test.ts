import { expect, it } from "vitest";
import { judgeOperator, percentile, type OperatorMetrics } from "./judge.ts";

const good: OperatorMetrics = {
  apply_to_ready_s_1000: 60,
  rest_writes: 0,
  rest_requests_per_s: 0.9,
  edit_p50_ms: 20,
  edit_p99_ms: 250,
  failover_clean_s: 2.9,
  failover_kill_s: 20,
  rss_mb_base: 150,
  rss_mb_per_1000: 5,
};

it("a figure at its goal meets it, one above it and one that is missing do not", () => {
  expect(judgeOperator(good).every(({ met }) => met)).toBe(true);
  const bad = judgeOperator({ ...good, rest_writes: 1, edit_p99_ms: Number.NaN });
  expect(bad.filter(({ met }) => !met).map(({ name }) => name)).toEqual([
    "rest_writes",
    "edit_p99_ms",
  ]);
});

it("what the base leaves of its memory may be used by accounts, and no more", () => {
  const judged = (base: number, per1000: number): boolean[] =>
    judgeOperator({ ...good, rss_mb_base: base, rss_mb_per_1000: per1000 }).map(({ met }) => met);
  expect(judged(140, 15).every(Boolean)).toBe(true);
  expect(judged(140, 16).filter((met) => !met)).toHaveLength(1);
  // A base that is too large is one miss, and lends nothing.
  expect(judged(160, 5).filter((met) => !met)).toHaveLength(1);
});

it("percentiles are values that were measured", () => {
  const values = Array.from({ length: 200 }, (_, n) => 200 - n);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile([], 0.5)]).toEqual([
    100,
    198,
    Number.NaN,
  ]);
});
