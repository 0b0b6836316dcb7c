import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { labels } from "../api/names.ts";
import type { ClusterAccess } from "../cluster/kubernetes/client/access.ts";
import { loadAccess } from "../cluster/kubernetes/client/load-access.ts";
import {
  createKubernetesCluster,
  type KubernetesCluster,
} from "../cluster/kubernetes/kubernetes-cluster.ts";
import { createKubeMetrics, type KubeMetrics } from "../cluster/kubernetes/metrics.ts";
import type { WriteGuard } from "../cluster/kubernetes/write/guard.ts";
import { cachedKinds } from "../controllers/start-kubernetes-controllers.ts";
import type { KubernetesConfig } from "../environment/kubernetes.ts";

/** By the pod's ServiceAccount, or by a kubeconfig when one is named or there is no pod. */
export const openAccess = async (config: KubernetesConfig): Promise<ClusterAccess> =>
  loadAccess({
    serviceHost: config.kubernetesHost,
    servicePort: config.kubernetesPort,
    serviceAccountFolder: config.serviceAccountFolder,
    kubeconfigFile: config.kubeconfig,
    context: config.kubeContext,
  });

export interface ReplicaClusterDeps {
  config: KubernetesConfig;
  access: ClusterAccess;
  metrics: KubeMetrics;
  logger: Logger;
  guard: (client: KubernetesCluster["client"]) => WriteGuard;
}

/** The adapter with everything a leader needs in its cache, so that a standby is warm. */
export const openReplicaCluster = (deps: ReplicaClusterDeps): KubernetesCluster => {
  const { config, access, metrics, logger, guard } = deps;
  return createKubernetesCluster({
    ...{ access, metrics, guard, cached: cachedKinds },
    // Every pod that the operator makes pods from has the label; nobody else's matters.
    labelSelectors: { Pod: `${labels.partOf}=rarity-leads` },
    ...(config.namespaces === undefined ? {} : { namespaces: config.namespaces }),
    onState: (kind, failure) => {
      if (failure === undefined) logger.info({ kind }, "a kind is watched again");
      else logger.warn({ kind, reason: failure.reason }, failure.message);
    },
    onWatcherError: (err) => logger.error({ err }, "a watcher failed"),
  });
};

export const metricsFor = (registry: Registry, { server }: ClusterAccess): KubeMetrics =>
  createKubeMetrics(registry, new URL(server).host);
