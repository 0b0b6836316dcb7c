import type { AccountDepth } from "@rarity/contracts/internal";
import type { Metrics } from "@rarity/platform/metrics";
import type { Logger } from "@rarity/platform/logger";

export interface OrchestratorMetrics {
  onGroup(size: number, seconds: number): void;
  onRelayed(count: number): void;
  onSwept(count: number): void;
  onSocketClosed(code: number): void;
}

export interface MetricSources {
  readonly logger: Logger;
  readonly readQueueDepth: () => Promise<AccountDepth[]>;
  readonly acceptQueueSize: () => number;
  readonly connections: () => number;
}

export function createOrchestratorMetrics(
  metrics: Metrics,
  sources: MetricSources,
): OrchestratorMetrics {
  observeQueue(metrics, sources);
  metrics.gauge({
    name: "rarity_accept_waiting",
    help: "Messages waiting to join a commit",
    collect: (gauge) => gauge.set(sources.acceptQueueSize()),
  });
  metrics.gauge({
    name: "rarity_websocket_connections",
    help: "Open WebSocket connections",
    collect: (gauge) => gauge.set(sources.connections()),
  });
  const groupSize = metrics.histogram({
    name: "rarity_accept_group_size",
    help: "Messages committed together",
    buckets: [1, 2, 5, 10, 20, 50, 100],
  });
  const groupSeconds = metrics.histogram({
    name: "rarity_accept_commit_seconds",
    help: "Duration of one accept commit",
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  });
  const relayed = metrics.counter({ name: "rarity_relayed_events_total", help: "Events relayed" });
  const swept = metrics.counter({
    name: "rarity_swept_accounts_total",
    help: "Accounts woken because their due work seemed forgotten",
  });
  const closed = metrics.counter({
    name: "rarity_websocket_closed_total",
    help: "Closed WebSocket connections by code",
    labels: ["code"],
  });
  return {
    onGroup: (size, seconds) => {
      groupSize.observe(size);
      groupSeconds.observe(seconds);
    },
    onRelayed: (count) => relayed.inc(count),
    onSwept: (count) => swept.inc(count),
    onSocketClosed: (code) => closed.inc({ code: String(code) }),
  };
}

/** Totals only: a label for each account would grow without bound. The route names accounts. */
function observeQueue(metrics: Metrics, { logger, readQueueDepth }: MetricSources): void {
  const oldest = metrics.gauge({
    name: "rarity_queue_oldest_ready_seconds",
    help: "Age of the oldest due message that has not left",
  });
  metrics.gauge({
    name: "rarity_queue_messages",
    help: "Messages that have not left, due now or waiting",
    labels: ["state"],
    collect: async (gauge) => {
      try {
        const accounts = await readQueueDepth();
        gauge.set({ state: "ready" }, sum(accounts.map(({ ready }) => ready)));
        gauge.set({ state: "waiting" }, sum(accounts.map(({ waiting }) => waiting)));
        oldest.set(Math.max(0, ...accounts.map((account) => account.oldestReadyAgeMs)) / 1000);
      } catch (err) {
        // A scrape must still answer with everything else.
        logger.warn({ err }, "queue depth not read");
      }
    },
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
