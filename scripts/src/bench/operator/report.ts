import type { Goal } from "../judge.ts";

const about: Readonly<Record<string, string>> = {
  apply_to_ready_s_1000: "s from apply to Ready, for 1,000 accounts",
  rest_writes: "writes at rest, leases left out",
  rest_requests_per_s: "requests/s at rest, of all replicas",
  edit_p50_ms: "ms from an edit to the changed Deployment, P50",
  edit_p99_ms: "ms from an edit to the changed Deployment, P99",
  failover_clean_s: "s from SIGTERM to an edit applied by the next leader",
  failover_kill_s: "s from SIGKILL to an edit applied by the next leader",
  rss_mb_base: "MB resident without accounts",
  rss_mb_per_1000: "MB resident more for 1,000 accounts; goal: together 155",
};

/** One line for each figure, with its goal. */
export const tableOfOperator = (goals: readonly Goal[]): string[] =>
  goals.map(
    ({ name, wanted, measured, met }) =>
      `${met ? "met   " : "MISSED"} ${String(measured).padStart(8)}  goal ${String(wanted).padStart(4)}  ${about[name] ?? name}`,
  );
