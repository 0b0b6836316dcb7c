import { describe, expect, test } from "vitest";
import { judge, median, summarise, type Round } from "./judge.ts";

const round = (change: Partial<Round> = {}): Round => ({
  bullmq: 1000,
  naive: 100,
  endToEnd: 500,
  accepts: 600,
  cpuUs: { orchestrator: 100, accounts: 80, databases: 110, others: 10 },
  ...change,
});

describe("judging a run", () => {
  test("ratios are taken within a round, and their median counts", () => {
    const slow = round({ bullmq: 100, naive: 10, endToEnd: 45 });
    const metrics = summarise([round(), slow, round({ endToEnd: 300 })], 90.4);
    expect(metrics).toMatchObject({
      ratio_to_bullmq: 0.45,
      ratio_to_naive: 4.5,
      idle_account_rss_mb: 90,
    });
    expect(judge(metrics).every((goal) => goal.met)).toBe(true);
  });

  test("a goal that is missed by a hair is missed", () => {
    const metrics = summarise([round({ endToEnd: 394 })], 90);
    expect(judge(metrics).map((goal) => goal.met)).toEqual([false, false]);
  });

  test("nothing measured meets nothing", () => {
    expect(median([])).toBeNaN();
    expect(judge(summarise([], Number.NaN)).map((goal) => goal.met)).toEqual([false, false]);
  });
});
