import { controllerReference, type KubeObject } from "../../api/objects.ts";
import type { ScaledAccount } from "../../scaling/scaling-types.ts";
import { demandLabel, demandMetric } from "./demand-metric.ts";

export interface AutoscalerParts {
  name: string;
  labels: Record<string, string>;
  accountId: string;
  range: { min: number; max: number };
}

/** The HorizontalPodAutoscaler of one account, on the demand somebody serves as external metric. */
export const buildHorizontalPodAutoscaler = (
  account: ScaledAccount,
  { name, labels, accountId, range }: AutoscalerParts,
): KubeObject => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: {
    name,
    namespace: account.metadata.namespace,
    labels,
    ownerReferences: [controllerReference(account)],
  },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    minReplicas: range.min,
    maxReplicas: range.max,
    metrics: [
      {
        type: "External",
        external: {
          metric: { name: demandMetric, selector: { matchLabels: { [demandLabel]: accountId } } },
          target: { type: "AverageValue", averageValue: String(account.spec.targetQueueDepth) },
        },
      },
    ],
    behavior: scalingBehavior,
  },
});

/** Up at once, down after the same lull as in mode Direct. */
export const scalingBehavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 900, periodSeconds: 15 }],
  },
  scaleDown: {
    stabilizationWindowSeconds: 60,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  },
};
