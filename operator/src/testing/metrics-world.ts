import { onTestFinished } from "vitest";
import type { AccountDemand, DemandSource } from "../scaling/metrics-server/demand-source.ts";
import type {
  MetricsServer,
  MetricsServerDeps,
} from "../scaling/metrics-server/start-metrics-server.ts";
import { startScalingCluster, type ScalingCluster } from "./scaling-cluster.ts";
import { waitFor } from "./wait-for.ts";

export const apiRoot = "/apis/external.metrics.k8s.io/v1beta1";
export const accountId = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e01";
export const metricPath = `${apiRoot}/namespaces/leads/rarity_account_demand?labelSelector=account_id%3D${accountId}`;
const apiServicePath =
  "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";

interface ApiService {
  metadata: { resourceVersion: string };
  spec: { caBundle?: string; service?: { name: string; namespace: string } };
  status?: { conditions?: { type: string; status: string; message: string }[] };
}

type Server = MetricsServer & { errors: unknown[] };

export interface MetricsWorld {
  cluster: ScalingCluster;
  /** Of the account in namespace `leads`. */
  demand: AccountDemand["demand"];
  source: DemandSource;
  /** A server that is gone when the test ends, its registration with it. */
  startServer(parts?: Partial<MetricsServerDeps>): Promise<Server>;
  /** Resolves when the API server passes requests on. */
  untilAvailable(): Promise<unknown>;
  apiService(): Promise<ApiService>;
  /** What the API server trusts, PEM. */
  caBundle(): Promise<string>;
  close(): Promise<void>;
}

export const knownDemand = (): AccountDemand["demand"] => ({
  ok: true,
  value: 12,
  readAt: new Date(),
});

/** A cluster whose slot of the metrics API is free, and a source that knows one account. */
export const openMetricsWorld = async (): Promise<MetricsWorld> => {
  const cluster = await startScalingCluster();
  await cluster.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "leads" } });
  const apiService = (): Promise<ApiService> => cluster.client.request<ApiService>(apiServicePath);
  const world: MetricsWorld = {
    ...{ cluster, apiService, demand: knownDemand() },
    source: {
      demandsIn: (namespace, id = accountId) =>
        namespace === "leads" && id === accountId
          ? [{ namespace, accountId, demand: world.demand }]
          : [],
    },
    startServer: async (parts = {}) => {
      const server = await cluster.startServer(world.source, parts);
      onTestFinished(async () => {
        await server.stop({ unregister: true });
      });
      return server;
    },
    untilAvailable: () =>
      waitFor(
        async () => {
          const { status } = await apiService();
          const available = status?.conditions?.find(({ type }) => type === "Available");
          if (available?.status === "True") return available;
          throw new Error(available?.message ?? "no condition yet");
        },
        { timeoutMs: 60_000 },
      ),
    caBundle: async () =>
      Buffer.from((await apiService()).spec.caBundle ?? "", "base64").toString("utf8"),
    close: () => cluster.stop(),
  };
  return world;
};
