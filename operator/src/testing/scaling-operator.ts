import { Registry } from "prom-client";
import { createInstallations } from "../controllers/platform/installations.ts";
import { startKubernetesControllers } from "../controllers/start-kubernetes-controllers.ts";
import type { Platform } from "../api/platform.ts";
import { kubernetesApiCalls } from "../scaling/service/kubernetes-api-calls.ts";
import { readScaling } from "../scaling/service/read-scaling.ts";
import { startScalingService, type ScalingService } from "../scaling/service/start-scaling.ts";
import type { OpenedCluster } from "./kubernetes-world.ts";
import { metricsService } from "./scaling-cluster.ts";

export interface ScalingOperator {
  scaling: ScalingService;
  registry: Registry;
  errors: unknown[];
  stop: () => Promise<void>;
}

/** The operator's controllers with its metrics server, over services at these addresses. */
export const startScalingOperator = async (
  cluster: OpenedCluster,
  urls: { orchestratorUrl: string; accountsUrl: string },
): Promise<ScalingOperator> => {
  const errors: unknown[] = [];
  const registry = new Registry();
  const api = kubernetesApiCalls(cluster.client);
  const read = (platform: Platform) =>
    readScaling(
      {
        ...{ api, service: metricsService, keda: undefined },
        servesScaledObjects: async () => Promise.resolve(false),
      },
      platform,
    );
  const installations = createInstallations({
    ...{ cluster, readScaling: read },
    operatorVersion: "0.1.0",
    operatorNamespace: metricsService.namespace,
    pollIntervalMs: 100,
    urlsOf: () => urls,
  });
  const controllers = await startKubernetesControllers({
    ...{ cluster, registry, installations },
    events: { record: () => undefined },
    deletionDeadlineMs: 5_000,
    onError: (key, error) => errors.push({ key, error }),
  });
  const scaling = await startScalingService({
    ...{ api, cluster, registry, readScaling: read },
    sources: installations.sources,
    openSources: installations.directory.read,
    server: {
      ...{ host: "127.0.0.1", port: 0, mayRegister: true },
      service: { ...metricsService, port: 0 },
    },
    intervalMs: 1_000,
    now: () => new Date(),
    onError: (error) => errors.push(error),
  });
  return {
    ...{ scaling, registry, errors },
    stop: async () => {
      await scaling.stop();
      await controllers.stop();
      await installations.stop();
    },
  };
};
