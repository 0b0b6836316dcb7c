import { join } from "node:path";
import type { KubeClient } from "../../cluster/client/kube-client.ts";
import { freePort } from "@rarity/platform/ports";
import { startChild, type Child } from "../../stack/child.ts";
import { waitUntil } from "../../lib/wait-until.ts";

export type Replica = { name: string; child: Child; port: number };

export type Replicas = {
  start: () => Promise<Replica>;
  /** The one that holds the lease. */
  leader: () => Promise<Replica>;
  /** Waits until another than this one holds it. */
  untilAnotherLeads: (than: Replica) => Promise<Replica>;
  stop: () => Promise<void>;
};

export type ReplicaSettings = {
  root: string;
  client: KubeClient;
  /** Of the operator itself. */
  namespace: string;
  server: URL;
  serviceAccountFolder: string;
  servicesUrl: string;
  logFolder: string;
  /** For a profiler. */
  nodeOptions: string | undefined;
};

const leaseName = "rarity-leads";

/** Those of the chart's Deployment; a test of the chart compares them. */
export const memorySettings = {
  NODE_OPTIONS: "--max-semi-space-size=2",
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_MMAP_THRESHOLD_: "16384",
};

/** The operator's own program as processes of this machine, as the chart's Deployment runs it. */
export const createReplicas = (settings: ReplicaSettings): Replicas => {
  const all: Replica[] = [];
  // Whatever ends this process, none of them outlives it.
  const endAll = (): void => {
    for (const { child } of all) child.kill("SIGKILL");
  };
  process.once("exit", endAll);
  const holder = async (): Promise<Replica | undefined> => {
    const lease = await settings.client.get({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: leaseName, namespace: settings.namespace },
    });
    const { holderIdentity = "" } = (lease?.["spec"] ?? {}) as { holderIdentity?: string };
    return all.find(({ name }) => holderIdentity.startsWith(`${name}_`));
  };
  return {
    start: async () => {
      const replica = await startReplica(settings, `operator-${all.length + 1}`);
      all.push(replica);
      return replica;
    },
    leader: () => waitUntil("a replica to lead", holder, 60_000, 50),
    untilAnotherLeads: (than) =>
      waitUntil(
        "another replica to lead",
        async () => {
          const found = await holder();
          return found === than ? undefined : found;
        },
        60_000,
        10,
      ),
    stop: async () => {
      await Promise.all(all.map(({ child }) => child.stop()));
      process.off("exit", endAll);
    },
  };
};

/** As Node sizes its heap by itself within the 256 MB that the chart's container may take. */
const heapLimit = "--max-old-space-size=256";

const startReplica = async (settings: ReplicaSettings, name: string): Promise<Replica> => {
  const port = await freePort();
  const child = startChild({
    name,
    command: process.execPath,
    args: [join(settings.root, "operator/src/main.ts")],
    env: {
      CLUSTER: "kubernetes",
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: String(port),
      POD_NAME: name,
      POD_NAMESPACE: settings.namespace,
      OPERATOR_VERSION: "0.1.0",
      LEASE_NAME: leaseName,
      KUBERNETES_SERVICE_HOST: settings.server.hostname,
      KUBERNETES_SERVICE_PORT: settings.server.port,
      SERVICE_ACCOUNT_FOLDER: settings.serviceAccountFolder,
      ORCHESTRATOR_URL: settings.servicesUrl,
      ACCOUNTS_URL: settings.servicesUrl,
      ...memorySettings,
      NODE_OPTIONS: [memorySettings.NODE_OPTIONS, heapLimit, settings.nodeOptions ?? ""]
        .join(" ")
        .trim(),
    },
    logFile: join(settings.logFolder, `${name}.log`),
  });
  await waitUntil(
    `${name} to have read everything`,
    async () => {
      if (!child.running()) throw new Error(child.tail());
      return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
    },
    60_000,
  );
  return { name, child, port };
};
