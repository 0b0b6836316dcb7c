import { platformLabel } from "../../api/platform-names.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { PlatformContext } from "./context.ts";
import { metadataOf } from "./service.ts";
import { alertRules } from "./alert-rules.ts";

/** What Prometheus' own operator is told, where its kinds exist. */
export const buildMonitoring = (context: PlatformContext): KubeObject[] => {
  const { platform, capabilities } = context;
  if (platform.spec.telemetry?.monitors === "Off") return [];
  return [
    ...(capabilities.podMonitor ? [buildPodMonitor(context)] : []),
    ...(capabilities.prometheusRule ? [buildPrometheusRule(context)] : []),
  ];
};

/** Core services and account pods alike name their port http. */
const buildPodMonitor = ({ platform }: PlatformContext): KubeObject => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PodMonitor",
  metadata: metadataOf(platform, "metrics", platform.metadata.name),
  spec: {
    selector: { matchLabels: { [platformLabel]: platform.metadata.name } },
    podTargetLabels: ["app.kubernetes.io/component"],
    podMetricsEndpoints: [{ port: "http", path: "/metrics", interval: "30s" }],
  },
});

const buildPrometheusRule = ({ platform }: PlatformContext): KubeObject => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PrometheusRule",
  metadata: metadataOf(platform, "metrics", platform.metadata.name),
  spec: {
    groups: [{ name: platform.metadata.name, rules: alertRules(platform.metadata.namespace) }],
  },
});
