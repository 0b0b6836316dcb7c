import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** How a reconcile ended, in the words of controller-runtime. */
export type Outcome = "success" | "requeue" | "requeue_after" | "error";

/**
 * The figures of every controller, under the names of controller-runtime and client-go, so that
 * dashboards and alerts made for other operators fit this one.
 */
export interface ReconcileMetrics {
  added(controller: string): void;
  started(controller: string, waitedMs: number): void;
  done(controller: string, tookMs: number): void;
  retried(controller: string): void;
  reconciled(controller: string, result: { outcome: Outcome; tookMs: number }): void;
  failed(controller: string, kind: { isTerminal: boolean; isBug: boolean }): void;
  held(controller: string): void;
}

const seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

type Running = Map<string, number[]>;

export const createReconcileMetrics = (
  registry: Registry,
  limits: { concurrency: number },
  nowMs: () => number = () => performance.now(),
): ReconcileMetrics => {
  const queue = queueMetrics(registry);
  const loop = loopMetrics(registry, limits);
  const running: Running = new Map();
  runningMetrics(registry, running, nowMs);
  return {
    added: (name) => {
      queue.adds.inc({ name, controller: name });
      queue.depth.inc({ name, controller: name });
    },
    started: (name, waitedMs) => {
      queue.depth.dec({ name, controller: name });
      queue.waited.observe({ name, controller: name }, waitedMs / 1000);
      loop.active.inc({ controller: name });
      running.set(name, [...(running.get(name) ?? []), nowMs()]);
    },
    done: (name, tookMs) => {
      queue.worked.observe({ name, controller: name }, tookMs / 1000);
      loop.active.dec({ controller: name });
      // Which of them ended does not matter for a sum and a maximum; the oldest is the likeliest.
      running.set(name, (running.get(name) ?? []).slice(1));
    },
    retried: (name) => queue.retries.inc({ name, controller: name }),
    reconciled: (controller, { outcome, tookMs }) => {
      loop.total.inc({ controller, result: outcome });
      loop.time.observe({ controller }, tookMs / 1000);
    },
    failed: (controller, { isTerminal, isBug }) => {
      loop.errors.inc({ controller });
      if (isTerminal) loop.terminal.inc({ controller });
      if (isBug) loop.panics.inc({ controller });
    },
    held: (controller) => loop.held.inc({ controller }),
  };
};

const queueLabels = ["name", "controller"] as const;

const queueMetrics = (registry: Registry) => {
  const common = { labelNames: queueLabels, registers: [registry] };
  return {
    depth: new Gauge({ ...common, name: "workqueue_depth", help: "Keys that wait" }),
    adds: new Counter({ ...common, name: "workqueue_adds_total", help: "Keys that were added" }),
    retries: new Counter({
      ...common,
      name: "workqueue_retries_total",
      help: "Keys that are tried again after a failure",
    }),
    waited: new Histogram({
      ...common,
      name: "workqueue_queue_duration_seconds",
      help: "How long a key waits before work on it starts",
      buckets: seconds,
    }),
    worked: new Histogram({
      ...common,
      name: "workqueue_work_duration_seconds",
      help: "How long the work on a key takes",
      buckets: seconds,
    }),
  };
};

const loopMetrics = (registry: Registry, limits: { concurrency: number }) => {
  const labelNames = ["controller"] as const;
  const common = { labelNames, registers: [registry] };
  const prefix = "controller_runtime_";
  new Gauge({
    name: `${prefix}max_concurrent_reconciles`,
    help: "The most reconciles at the same time, of all controllers together",
    registers: [registry],
  }).set(limits.concurrency);
  return {
    active: new Gauge({ ...common, name: `${prefix}active_workers`, help: "Reconciles that run" }),
    total: new Counter({
      name: `${prefix}reconcile_total`,
      help: "Reconciles by result",
      labelNames: ["controller", "result"],
      registers: [registry],
    }),
    errors: new Counter({
      ...common,
      name: `${prefix}reconcile_errors_total`,
      help: "Reconciles that failed and are tried again",
    }),
    terminal: new Counter({
      ...common,
      name: `${prefix}terminal_reconcile_errors_total`,
      help: "Reconciles the cluster refused: somebody has to change something first",
    }),
    panics: new Counter({
      ...common,
      name: `${prefix}reconcile_panics_total`,
      help: "Reconciles that failed with a programming error",
    }),
    time: new Histogram({
      ...common,
      name: `${prefix}reconcile_time_seconds`,
      help: "How long a reconcile takes",
      buckets: seconds,
    }),
    held: new Counter({
      ...common,
      name: "rarity_operator_breaker_opened_total",
      help: "Objects that were woken so often that they are held back",
    }),
  };
};

const runningMetrics = (registry: Registry, running: Running, nowMs: () => number): void => {
  const ages = (): Map<string, number[]> =>
    new Map(
      [...running].map(([name, starts]) => [name, starts.map((at) => (nowMs() - at) / 1000)]),
    );
  const common = { labelNames: queueLabels, registers: [registry] };
  new Gauge({
    ...common,
    name: "workqueue_unfinished_work_seconds",
    help: "How long the work in progress has taken so far, in sum",
    collect() {
      for (const [name, list] of ages()) {
        this.set(
          { name, controller: name },
          list.reduce((sum, age) => sum + age, 0),
        );
      }
    },
  });
  new Gauge({
    ...common,
    name: "workqueue_longest_running_processor_seconds",
    help: "How long the oldest work in progress has taken so far",
    collect() {
      for (const [name, list] of ages()) this.set({ name, controller: name }, Math.max(0, ...list));
    },
  });
};
