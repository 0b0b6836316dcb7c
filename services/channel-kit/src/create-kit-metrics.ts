import type { Metrics } from "@rarity/platform/metrics";
import type { KitMetrics } from "./metrics.ts";

/** One process is one account, so no account label: the scrape target names it. */
export function createKitMetrics(metrics: Metrics): KitMetrics {
  const sends = metrics.histogram({
    name: "channel_send_duration_seconds",
    help: "Time from the committed attempt to the outcome, pacing and typing included",
    labels: ["outcome", "lane"],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const claims = metrics.histogram({
    name: "channel_claim_duration_seconds",
    help: "Time of one claim (T1)",
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  });
  const claimed = metrics.counter({
    name: "channel_claimed_total",
    help: "Attempts claimed",
  });
  const recoveries = metrics.counter({
    name: "channel_recovery_total",
    help: "Open attempts looked at, by what was decided",
    labels: ["action"],
  });
  const settleRetries = metrics.counter({
    name: "channel_settle_retries_total",
    help: "Outcomes that could not be stored at the first try",
  });
  const receipts = metrics.counter({ name: "channel_receipts_total", help: "Receipts stored" });
  const inbound = metrics.counter({
    name: "channel_inbound_total",
    help: "New inbound messages stored",
  });
  const losses = metrics.counter({
    name: "channel_lease_lost_total",
    help: "Leases lost, by reason",
    labels: ["reason"],
  });
  const commands = metrics.counter({
    name: "channel_control_total",
    help: "Control commands (read marks, typing), by what became of them",
    labels: ["type", "outcome"],
  });
  return {
    observeSend: (outcome, lane, tookMs) => sends.observe({ outcome, lane }, tookMs / 1000),
    observeClaim: (count, tookMs) => {
      claims.observe(tookMs / 1000);
      claimed.inc(count);
    },
    countRecovery: (action) => recoveries.inc({ action }),
    countSettleRetry: () => settleRetries.inc(),
    countReceipts: (count) => receipts.inc(count),
    countInbound: (count) => inbound.inc(count),
    countLeaseLoss: (reason) => losses.inc({ reason }),
    countControl: (type, outcome) => commands.inc({ type, outcome }),
    bindGauges: (read) => bindGauges(metrics, read),
  };
}

function bindGauges(metrics: Metrics, read: Parameters<KitMetrics["bindGauges"]>[0]): void {
  const gauges: [string, string, () => number][] = [
    ["channel_lease_age_seconds", "Since the last renewal", () => seconds(read.leaseAgeMs())],
    ["channel_last_ack_age_seconds", "Since the last ack", () => seconds(read.lastAckAgeMs())],
    ["channel_in_flight", "Attempts being sent", () => read.inFlight()],
    ["channel_connected", "1 while connected", () => (read.connected() ? 1 : 0)],
  ];
  for (const [name, help, value] of gauges) {
    metrics.gauge({ name, help, collect: (gauge) => gauge.set(value()) });
  }
}

/** NaN is how Prometheus writes "there is none". */
function seconds(ms: number | null): number {
  return ms === null ? Number.NaN : ms / 1000;
}
