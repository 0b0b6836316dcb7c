import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ReflectorMetrics } from "./cache/reflector.ts";
import type { ClientMetrics } from "./client/kube-client.ts";

export interface KubeMetrics {
  client: ClientMetrics;
  reflector: ReflectorMetrics;
  /** Whether this process leads the group of that name. */
  leading(name: string, isLeader: boolean): void;
}

/** Under the names of controller-runtime and client-go where they have one, for existing dashboards. */
export const createKubeMetrics = (registry: Registry, host: string): KubeMetrics => ({
  client: createClientMetrics(registry, host),
  reflector: createReflectorMetrics(registry),
  leading: createLeaderMetric(registry),
});

const createClientMetrics = (registry: Registry, host: string): ClientMetrics => {
  const registers = [registry];
  const requests = new Counter({
    name: "rest_client_requests_total",
    help: "Requests to the API server by method and status code",
    labelNames: ["method", "code", "host"],
    registers,
  });
  const duration = new Histogram({
    name: "rest_client_request_duration_seconds",
    help: "How long requests to the API server take, until a watch has started",
    labelNames: ["verb", "host"],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30],
    registers,
  });
  const retries = new Counter({
    name: "rest_client_request_retries_total",
    help: "Requests that were sent again, by what the attempt before came to",
    labelNames: ["verb", "code", "host"],
    registers,
  });
  return {
    requested: (method, code, seconds) => {
      requests.inc({ method, code, host });
      duration.observe({ verb: method, host }, seconds);
    },
    retried: (verb, code) => retries.inc({ verb, code, host }),
  };
};

const createReflectorMetrics = (registry: Registry): ReflectorMetrics => {
  const registers = [registry];
  const labelNames = ["kind"];
  const lists = new Counter({
    name: "reflector_lists_total",
    help: "Complete lists read, by kind: one at the start, and one whenever a watch cannot go on",
    ...{ labelNames, registers },
  });
  const items = new Gauge({
    name: "reflector_items_per_list",
    help: "Objects in the last list of a kind",
    ...{ labelNames, registers },
  });
  const seconds = new Histogram({
    name: "reflector_list_duration_seconds",
    help: "How long a list takes, all pages",
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
    ...{ labelNames, registers },
  });
  const watches = new Counter({
    name: "reflector_watches_total",
    help: "Watches started, by kind",
    ...{ labelNames, registers },
  });
  const failures = new Counter({
    name: "reflector_failures_total",
    help: "Lists and watches that failed, by kind and reason",
    labelNames: ["kind", "reason"],
    registers,
  });
  const heardAt = new Gauge({
    name: "reflector_last_heard_timestamp_seconds",
    help: "When the last event or bookmark of a kind came. Bookmarks come about once a minute",
    ...{ labelNames, registers },
  });
  return {
    listed: (kind, count, took) => {
      lists.inc({ kind });
      items.set({ kind }, count);
      seconds.observe({ kind }, took);
    },
    watched: (kind) => watches.inc({ kind }),
    heard: (kind) => heardAt.set({ kind }, Date.now() / 1000),
    failed: (kind, reason) => failures.inc({ kind, reason }),
  };
};

const createLeaderMetric = (registry: Registry): KubeMetrics["leading"] => {
  const gauge = new Gauge({
    name: "leader_election_master_status",
    help: "1 when this process is the leader of the named group, 0 when it is not",
    labelNames: ["name"],
    registers: [registry],
  });
  return (name, isLeader) => gauge.set({ name }, isLeader ? 1 : 0);
};
