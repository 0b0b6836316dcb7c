import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { inject } from "vitest";
import {
  createKubeClient,
  type KubeClient,
  type KubeObject as TestObject,
} from "../../../scripts/src/cluster/client/kube-client.ts";
import { readObjects } from "../../../scripts/src/cluster/client/read-objects.ts";
import {
  openAuthority,
  type Authority,
} from "../../../scripts/src/cluster/control-plane/certificates.ts";
import { startKwok } from "../../../scripts/src/cluster/control-plane/kwok.ts";
import { startControlPlane } from "../../../scripts/src/cluster/control-plane/start-control-plane.ts";
import type { DemandSource } from "../scaling/metrics-server/demand-source.ts";
import {
  startMetricsServer,
  type MetricsServer,
  type MetricsServerDeps,
} from "../scaling/metrics-server/start-metrics-server.ts";
import { apiCallsOf } from "./cluster-api-calls.ts";

export const metricsService = { namespace: "rarity-system", name: "rarity-metrics" };

export interface ScalingCluster {
  client: KubeClient;
  access: { url: string; caPem: string; certPem: string; keyPem: string };
  /** A client of another user; the caller closes it. */
  clientOf: (user: { commonName: string; organization?: string }) => Promise<KubeClient>;
  /** "ca" signs clients of the API server, "front-proxy-ca" its front proxy. */
  authority: (name: "ca" | "front-proxy-ca") => Promise<Authority>;
  /** The metrics server of the operator, found through a Service. */
  startServer: (
    source: DemandSource,
    parts?: Partial<MetricsServerDeps>,
  ) => Promise<MetricsServer & { errors: unknown[] }>;
  /** What the API server wrote to its log so far. */
  serverLog: () => string;
  stop: () => Promise<void>;
}

/** A control plane of its own: the slot of the metrics API is one for the whole cluster. */
export const startScalingCluster = async (): Promise<ScalingCluster> => {
  const { binaries, kwok } = inject("rarityCluster");
  const crds = readObjects(resolve(import.meta.dirname, "../../../crds"));
  const plane = await startControlPlane({ binaries, crds, progress: () => undefined });
  const client = createKubeClient(plane);
  const authority = (name: string): Promise<Authority> => {
    const pem = (kind: string): string =>
      readFileSync(join(plane.folder, "pki", `${name}.${kind}`), "utf8");
    return openAuthority({ certPem: pem("crt"), keyPem: pem("key") });
  };
  await startKwok(plane, kwok, ["fake-1"]);
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "rarity-system" } });
  await client.apply(loopbackService(metricsService));
  return {
    client,
    access: plane,
    authority,
    clientOf: async (user) =>
      createKubeClient({ ...plane, ...(await (await authority("ca")).sign(user)) }),
    startServer: async (source, parts = {}) => {
      const errors: unknown[] = [];
      const server = await startMetricsServer({
        api: apiCallsOf(client),
        source,
        host: "127.0.0.1",
        port: 0,
        service: { ...metricsService, port: 0 },
        secret: { namespace: metricsService.namespace, name: "rarity-metrics-tls" },
        isWanted: () => true,
        intervalMs: 60_000,
        now: () => new Date(),
        onError: (error) => errors.push(error),
        ...parts,
      });
      return { ...server, errors };
    },
    serverLog: () => readFileSync(join(plane.folder, "kube-apiserver.log"), "utf8"),
    stop: async () => {
      await client.close();
      await plane.stop();
    },
  };
};

/** Leads the API server to this machine's loopback. */
export const loopbackService = ({
  namespace,
  name,
}: {
  namespace: string;
  name: string;
}): TestObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { type: "ExternalName", externalName: "localhost" },
});
