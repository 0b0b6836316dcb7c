/** One alert, as Prometheus reads it. */
export interface AlertRule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: "warning" | "critical" };
  annotations: { summary: string; description: string; runbook_url: string };
}

interface AlertParts {
  expr: string;
  for: string;
  severity: "warning" | "critical";
  summary: string;
  description: string;
}

const runbookOf = (alert: string): string => `docs/runbooks/${alert}.md`;

/** The alerts of one installation, each with its runbook in docs/runbooks. */
export const alertRules = (namespace: string): AlertRule[] => {
  const here = `namespace="${namespace}"`;
  const table: Record<string, AlertParts> = {
    RarityTargetDown: {
      expr: `up{${here},container=~"edge|orchestrator|leads|accounts|auth"} == 0`,
      for: "2m",
      severity: "critical",
      summary: "A core service does not answer",
      description: "{{ $labels.pod }} has not answered its metrics for 2 minutes.",
    },
    RarityQueueNotMoving: {
      expr: `max(rarity_queue_oldest_ready_seconds{${here}}) > 300`,
      for: "5m",
      severity: "critical",
      summary: "Messages are due and do not leave",
      description: "The oldest due message waits for {{ $value | humanizeDuration }}.",
    },
    RarityErrorRate: {
      expr: `sum by (service) (rate(http_request_duration_seconds_count{${here},status=~"5.."}[5m])) / sum by (service) (rate(http_request_duration_seconds_count{${here}}[5m])) > 0.05`,
      for: "5m",
      severity: "critical",
      summary: "More than 5 % of requests fail",
      description: "{{ $labels.service }} answers {{ $value | humanizePercentage }} with an error.",
    },
    RaritySlow: {
      expr: `histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket{${here}}[5m]))) > 2`,
      for: "10m",
      severity: "warning",
      summary: "Requests take longer than 2 seconds",
      description: "95 % of the requests to {{ $labels.service }} end within {{ $value }} s.",
    },
    RarityMemory: {
      expr: `max by (pod, container) (container_memory_working_set_bytes{${here},container!=""}) / max by (pod, container) (kube_pod_container_resource_limits{${here},resource="memory"}) > 0.8`,
      for: "10m",
      severity: "warning",
      summary: "A pod uses more than 80 % of its memory",
      description: "{{ $labels.pod }} uses {{ $value | humanizePercentage }} of its limit.",
    },
  };
  return Object.entries(table).map(
    ([alert, { expr, severity, summary, description, ...rest }]) => ({
      alert,
      expr,
      for: rest.for,
      labels: { severity },
      annotations: { summary, description, runbook_url: runbookOf(alert) },
    }),
  );
};
