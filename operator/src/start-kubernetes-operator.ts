import type { Logger } from "pino";
import type { KubernetesConfig } from "./environment/kubernetes.ts";
import { startHealthServer } from "./http/health-server.ts";
import { collectAtRest } from "./kubernetes/collect-at-rest.ts";
import { openAccess } from "./kubernetes/open-cluster.ts";
import { createRegistries } from "./kubernetes/registries.ts";
import { startReplica, type Replica } from "./kubernetes/start-replica.ts";

export interface KubernetesOperatorDeps {
  config: KubernetesConfig;
  logger: Logger;
  /** This process is of no more use: it should end, and be started again. */
  onFailure: (error: unknown) => void;
}

export interface RunningKubernetesOperator {
  port: number;
  /** Readiness first, then controllers, the lease, the metrics server, and the listener last. */
  stop(): Promise<void>;
}

/**
 * One replica of the operator on a Kubernetes cluster. All of them keep caches and serve metrics;
 * the one that holds the lease reconciles. One that does not lead is as ready as the one that does.
 */
export const startKubernetesOperator = async (
  deps: KubernetesOperatorDeps,
): Promise<RunningKubernetesOperator> => {
  const { config, logger } = deps;
  const registries = createRegistries();
  const state: { replica?: Replica; isStopping: boolean } = { isStopping: false };
  const health = await startHealthServer({
    ...{ host: config.host, port: config.port },
    pending: () => (state.isStopping ? ["stopping"] : (state.replica?.pending() ?? ["starting"])),
    metrics: registries.read,
    onError: (err) => logger.error({ err }, "request failed"),
  });
  const access = await openAccess(config);
  const replica = startReplica({ ...deps, access, registries });
  state.replica = replica;
  const stopCollecting = collectAtRest();
  return {
    port: health.port,
    stop: async () => {
      state.isStopping = true;
      stopCollecting();
      await replica.stop();
      await health.close();
    },
  };
};
