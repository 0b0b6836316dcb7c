import { KubeConfig } from "@kubernetes/client-node";
import { Registry } from "prom-client";
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

export const kubeConfigOf = (access: TestAccess): KubeConfig => {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "test", server: access.url, skipTLSVerify: false, caData: base64(access.caPem) },
    { name: "test", certData: base64(access.certPem), keyData: base64(access.keyPem) },
  );
  return config;
};

export type OpenedCluster = KubernetesCluster & {
  /** Sum of a counter over the labels given. */
  count(metric: string, labels?: Record<string, string>): Promise<number>;
  watcherErrors: unknown[];
};

/** The adapter on a test's API server, with metrics to look at. The test closes it. */
export const openKubernetesCluster = (
  kubeConfig: KubeConfig,
  options: Partial<KubernetesClusterDeps> = {},
): OpenedCluster => {
  const registry = new Registry();
  const watcherErrors: unknown[] = [];
  const cluster = createKubernetesCluster({
    kubeConfig,
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
