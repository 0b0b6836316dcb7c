import { randomBytes } from "node:crypto";
import { Registry } from "prom-client";
import type { KubeObject } from "../api/objects.ts";
import type { Cluster, ClusterEvent } from "../cluster/port.ts";
import { createInstallations, type Installations } from "../controllers/platform/installations.ts";
import { startKubernetesControllers } from "../controllers/start-kubernetes-controllers.ts";
import type { FakePlatform } from "./fake-platform.ts";

export interface ClusterOperatorDeps {
  cluster: Cluster;
  platform: FakePlatform;
  operatorVersion?: string;
  deletionDeadlineMs?: number;
  /** Controllers act in every namespace; a test keeps to its own. */
  onError?: (key: string, error: unknown) => void;
}

export interface ClusterOperator {
  installations: Installations;
  registry: Registry;
  events: { about: string; event: ClusterEvent }[];
  errors: { key: string; error: unknown }[];
  stop(): Promise<void>;
}

/** The operator's controllers on a cluster, with services that answer what a test sets. */
export const startClusterOperator = async (deps: ClusterOperatorDeps): Promise<ClusterOperator> => {
  const registry = new Registry();
  const events: ClusterOperator["events"] = [];
  const errors: ClusterOperator["errors"] = [];
  const { cluster } = deps;
  const installations = createInstallations({
    cluster,
    operatorVersion: deps.operatorVersion ?? "0.1.0",
    operatorNamespace: "rarity-system",
    pollIntervalMs: 50,
    urlsOf: () => ({ orchestratorUrl: deps.platform.url, accountsUrl: deps.platform.url }),
  });
  const running = await startKubernetesControllers({
    ...{ cluster, installations, registry },
    events: {
      record: ({ kind, metadata }, event) =>
        events.push({ about: `${kind}/${metadata.name}`, event }),
    },
    deletionDeadlineMs: deps.deletionDeadlineMs ?? 60_000,
    onError: (key, error) => {
      errors.push({ key, error });
      deps.onError?.(key, error);
    },
  });
  return {
    ...{ installations, registry, events, errors },
    stop: async () => {
      await running.stop();
      await installations.stop();
    },
  };
};

const hex = (): string => randomBytes(32).toString("hex");

/** The Secrets a Platform names, as somebody who installs it would make them. */
export const platformSecrets = (namespace: string): KubeObject[] =>
  Object.entries({
    "rarity-database": Object.fromEntries(
      ["admin", "orchestrator", "leads", "accounts", "auth", "whatsapp"].map((role) => [
        `${role}Url`,
        `postgres://${role}@db/rarity`,
      ]),
    ),
    "rarity-redis": { url: "redis://redis:6379" },
    "rarity-keys": {
      tenantSealKey: hex(),
      internalToken: hex(),
      sessionKeys: `1:${hex()}`,
      signingKey: "{}",
    },
  }).map(([name, stringData]) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    stringData,
  }));

/** A Platform that needs nothing else. */
export const smallPlatform = (
  namespace: string,
  spec: Record<string, unknown> = {},
): KubeObject => ({
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "Platform",
  metadata: { name: "rarity", namespace },
  spec: {
    database: { secretName: "rarity-database" },
    redis: { urlSecretRef: { name: "rarity-redis", key: "url" } },
    secretsRef: { name: "rarity-keys" },
    scaling: { startsAtOnceMax: 1000, startsPerEgressMax: 1000 },
    ...spec,
  },
});
