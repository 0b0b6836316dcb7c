import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

export interface MetricOptions<L extends string> {
  name: string;
  help: string;
  labels?: readonly L[];
}

export interface Metrics {
  registry: Registry;
  counter<L extends string = never>(options: MetricOptions<L>): Counter<L>;
  gauge<L extends string = never>(
    options: MetricOptions<L> & { collect?: (gauge: Gauge<L>) => void | Promise<void> },
  ): Gauge<L>;
  histogram<L extends string = never>(
    options: MetricOptions<L> & { buckets?: number[] },
  ): Histogram<L>;
}

/** One registry per process; the default set includes event-loop lag. */
export function createMetrics(service: string, { defaults = true } = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (defaults) collectDefaultMetrics({ register: registry });
  const base = { registers: [registry] };
  return {
    registry,
    counter: ({ name, help, labels = [] }) =>
      new Counter({ ...base, name, help, labelNames: [...labels] }),
    gauge: ({ name, help, labels = [], collect }) =>
      new Gauge({
        ...base,
        name,
        help,
        labelNames: [...labels],
        ...(collect
          ? {
              collect() {
                return collect(this);
              },
            }
          : {}),
      }),
    histogram: ({ name, help, labels = [], buckets }) =>
      new Histogram({
        ...base,
        name,
        help,
        labelNames: [...labels],
        ...(buckets ? { buckets } : {}),
      }),
  };
}

export interface HttpMetrics {
  observe(sample: { method: string; route: string; status: number; seconds: number }): void;
}

/** RED per route: rate and errors by status, duration as a histogram. */
export function httpMetrics(metrics: Metrics): HttpMetrics {
  const duration = metrics.histogram({
    name: "http_request_duration_seconds",
    help: "Duration of HTTP requests by route and status",
    labels: ["method", "route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
  });
  return {
    observe: ({ method, route, status, seconds }) =>
      duration.observe({ method, route, status: String(status) }, seconds),
  };
}
