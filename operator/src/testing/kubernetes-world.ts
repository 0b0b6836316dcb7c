import { Registry } from "prom-client";
import type { ClusterAccess } from "../cluster/kubernetes/client/access.ts";
import {
  createKubernetesCluster,
  type KubernetesCluster,
  type KubernetesClusterDeps,
} from "../cluster/kubernetes/kubernetes-cluster.ts";
import { createKubeMetrics } from "../cluster/kubernetes/metrics.ts";

/** What a test needs to reach an API server as somebody. PEM texts. */
export interface TestAccess {
  url: string;
  caPem: string;
  certPem: string;
  keyPem: string;
}

export const accessOf = ({ url, caPem, certPem, keyPem }: TestAccess): ClusterAccess => ({
  ...{ server: url, ca: { text: caPem }, cert: { text: certPem }, key: { text: keyPem } },
});

export type OpenedCluster = KubernetesCluster & {
  /** Sum of a counter over the labels given. */
  count(metric: string, labels?: Record<string, string>): Promise<number>;
  watcherErrors: unknown[];
};

/** The adapter on a test's API server, with metrics to look at. The test closes it. */
export const openKubernetesCluster = (
  access: ClusterAccess,
  options: Partial<KubernetesClusterDeps> = {},
): OpenedCluster => {
  const registry = new Registry();
  const watcherErrors: unknown[] = [];
  const cluster = createKubernetesCluster({
    access,
    metrics: createKubeMetrics(registry, "test"),
    onWatcherError: (error) => watcherErrors.push(error),
    ...options,
  });
  return {
    ...cluster,
    watcherErrors,
    count: async (metric, labels = {}) => {
      const found = await registry.getSingleMetric(metric)?.get();
      return (found?.values ?? [])
        .filter((value) =>
          Object.entries(labels).every(
            ([name, wanted]) => String(Reflect.get(value.labels, name)) === wanted,
          ),
        )
        .reduce((sum, { value }) => sum + value, 0);
    },
  };
};
