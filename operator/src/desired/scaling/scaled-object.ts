import { controllerReference, type KubeObject } from "../../api/objects.ts";
import type { ScaledAccount } from "../../scaling/scaling-types.ts";
import { scalingBehavior, type AutoscalerParts } from "./horizontal-pod-autoscaler.ts";

/** Where KEDA asks for the demand, and as whom. */
export interface KedaSource {
  /** For example https://rarity-metrics.rarity.svc:8443 */
  url: string;
  /**
   * A ClusterTriggerAuthentication with `token` of a ServiceAccount that may list the metric, `ca`
   * of the metrics server, and `cert` and `key` (any pair: KEDA takes a ca only together with them).
   */
  authenticationName: string;
  /** As Platform.spec.scaling.fallbackReplicas. */
  fallbackReplicas: number;
}

export interface ScaledObjectParts extends AutoscalerParts {
  source: KedaSource | undefined;
}

const pollSeconds = 5;
const failuresMax = 12;

/** The ScaledObject of one account. The demand falls to 0 only when the account may hibernate. */
export const buildScaledObject = (
  account: ScaledAccount,
  { name, labels, accountId, range, source }: ScaledObjectParts,
): KubeObject => {
  const { namespace } = account.metadata;
  const { minReplicas, targetQueueDepth } = account.spec;
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name, namespace, labels, ownerReferences: [controllerReference(account)] },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      pollingInterval: pollSeconds,
      // The wait before hibernation is in the demand already.
      cooldownPeriod: pollSeconds,
      minReplicaCount: minReplicas === 0 ? 0 : range.min,
      maxReplicaCount: range.max,
      fallback: {
        failureThreshold: failuresMax,
        replicas: Math.min(source?.fallbackReplicas ?? 1, range.max),
        behavior: "currentReplicasIfHigher",
      },
      advanced: { horizontalPodAutoscalerConfig: { name, behavior: scalingBehavior } },
      triggers: [
        {
          type: "metrics-api",
          metricType: "AverageValue",
          metadata: {
            url: `${source?.url ?? ""}/keda/v1/namespaces/${namespace}/accounts/${accountId}`,
            valueLocation: "demand",
            targetValue: String(targetQueueDepth),
            activationTargetValue: "0",
            format: "json",
            authModes: "tls,bearer",
          },
          authenticationRef: {
            kind: "ClusterTriggerAuthentication",
            name: source?.authenticationName ?? "",
          },
        },
      ],
    },
  };
};
