import type { Goal } from "../judge.ts";

export type OperatorMetrics = {
  /** Seconds from the first apply until every account is Ready, for each 1,000 accounts. */
  apply_to_ready_s_1000: number;
  /** Writes of the operator while nothing changes, renewals of its lease left out. */
  rest_writes: number;
  /** Requests of every kind and of every replica while nothing changes. */
  rest_requests_per_s: number;
  /** Milliseconds from an edit of an account until its Deployment has it. */
  edit_p50_ms: number;
  edit_p99_ms: number;
  /** Seconds from the signal until the next leader has applied an edit. */
  failover_clean_s: number;
  failover_kill_s: number;
  rss_mb_base: number;
  /** Judged with the base: what the base leaves of its own goal may be used. */
  rss_mb_per_1000: number;
};

/** What the project ships with; the most that is allowed. */
const most: Readonly<Record<keyof OperatorMetrics, number>> = {
  apply_to_ready_s_1000: 60,
  rest_writes: 0,
  rest_requests_per_s: 1,
  edit_p50_ms: 50,
  edit_p99_ms: 250,
  failover_clean_s: 3,
  failover_kill_s: 20,
  rss_mb_base: 150,
  rss_mb_per_1000: 5,
};

export const judgeOperator = (metrics: OperatorMetrics): Goal[] =>
  (Object.keys(most) as (keyof OperatorMetrics)[]).map((name) => {
    const wanted = name === "rss_mb_per_1000" ? roomFor1000(metrics) : most[name];
    // A figure that is not a number meets nothing.
    return { name, wanted, measured: metrics[name], met: metrics[name] <= wanted };
  });

/** The goal is one of resident memory: 150 MB, and 5 MB for each 1,000 accounts. */
const roomFor1000 = ({ rss_mb_base: base }: OperatorMetrics): number =>
  most.rss_mb_per_1000 + Math.max(most.rss_mb_base - base, 0);

/** The value below which a share of them lies, by nearest rank; NaN of none. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? Number.NaN;
};
