import { resolve } from "node:path";
import {
  platformSecrets,
  smallPlatform,
} from "../../../../operator/src/testing/cluster-operator.ts";
import { startFakePlatform } from "../../../../operator/src/testing/fake-platform.ts";
import type { KubeObject as OperatorObject } from "../../../../operator/src/api/objects.ts";
import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
} from "../../cluster/client/kube-client.ts";
import { readObjects } from "../../cluster/client/read-objects.ts";
import { startKwok } from "../../cluster/control-plane/kwok.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../cluster/control-plane/start-control-plane.ts";
import { prepareClusterTools } from "../../cluster/testing/prepare.ts";
import { Unavailable } from "../../lib/unavailable.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { createIdentity, usernameIn, type OperatorIdentity } from "./identity.ts";
import { followAccounts, type AccountProgress } from "./progress-of-accounts.ts";
import { createReplicas, type Replicas } from "./replicas.ts";

/** A cluster with faked nodes, the operator's replicas on it, and services that know every account. */
export type BenchWorld = {
  client: KubeClient;
  controlPlane: ControlPlane;
  /** Of the accounts. */
  namespace: string;
  identity: OperatorIdentity;
  replicas: Replicas;
  accounts: AccountProgress;
  /** Applies a Platform and waits for it. */
  applyPlatform: () => Promise<void>;
  /** Waits until the Platform has counted so many accounts, which it does once a minute. */
  untilCounted: (count: number) => Promise<void>;
  close: () => Promise<void>;
};

export type WorldOptions = {
  root: string;
  startsAtOnceMax: number;
  nodeOptions: string | undefined;
  progress: (line: string) => void;
};

/** There is memory, and the control plane shares the processors with what is measured. */
const env = { GOGC: "400" };
const namespace = "bench";
const operatorNamespace = "rarity-system";

export const openBenchWorld = async (options: WorldOptions): Promise<BenchWorld> => {
  const stops: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) {
      await stop().catch((error: unknown) => options.progress(`not closed: ${String(error)}`));
    }
  };
  try {
    return await openParts(options, stops, close);
  } catch (error) {
    await close();
    throw error;
  }
};

const openParts = async (
  options: WorldOptions,
  stops: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<BenchWorld> => {
  const { root, progress } = options;
  const controlPlane = await startCluster(root, progress);
  stops.push(controlPlane.stop);
  const client = createKubeClient(controlPlane);
  stops.push(client.close);
  for (const name of [namespace, operatorNamespace]) {
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const services = await startFakePlatform();
  stops.push(services.close);
  const identity = await createIdentity(client, controlPlane, operatorNamespace);
  const replicas = createReplicas({
    ...{ root, client, namespace: operatorNamespace, nodeOptions: options.nodeOptions },
    server: new URL(controlPlane.url),
    serviceAccountFolder: identity.serviceAccountFolder,
    servicesUrl: services.url,
    logFolder: resolve(root, ".rarity/bench/operator"),
  });
  stops.push(replicas.stop);
  const accounts = await followAccounts(controlPlane, namespace);
  stops.push(accounts.close);
  const applyPlatform = async (): Promise<void> => {
    for (const secret of platformSecrets(namespace)) await client.apply(plain(secret));
    const scaling = { startsAtOnceMax: options.startsAtOnceMax };
    await client.apply(plain(smallPlatform(namespace, { scaling })));
    await waitUntil(
      "the Platform to be Ready",
      async () => isReady(await statusOfPlatform(client)),
      120_000,
      100,
    );
  };
  const untilCounted = async (count: number): Promise<void> => {
    const isCounted = async (): Promise<boolean> =>
      (await statusOfPlatform(client)).accounts === count;
    await waitUntil("the Platform to count its accounts", isCounted, 120_000, 500);
  };
  const parts = { client, controlPlane, namespace, identity, replicas, accounts };
  return { ...parts, applyPlatform, untilCounted, close };
};

const startCluster = async (
  root: string,
  progress: (line: string) => void,
): Promise<ControlPlane> => {
  const tools = await prepareClusterTools(progress);
  if ("missing" in tools) throw new Unavailable(tools.missing);
  const { binaries, kwok } = tools;
  const crds = readObjects(resolve(root, "crds"));
  const controlPlane = await startControlPlane({
    ...{ binaries, progress, crds, env },
    // A line for every request of every component would take a part of what is measured.
    auditedUsers: [usernameIn(operatorNamespace)],
  });
  try {
    await startKwok(controlPlane, kwok, ["fake-1", "fake-2", "fake-3"]);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
  return controlPlane;
};

/** The same object in the words of the other client. */
const plain = (object: OperatorObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata },
});

type PlatformStatus = {
  accounts?: number;
  conditions?: { type: string; status: string }[];
};

const statusOfPlatform = async (client: KubeClient): Promise<PlatformStatus> => {
  const platform = await client.get({
    apiVersion: "rarityleads.io/v1alpha1",
    kind: "Platform",
    metadata: { name: "rarity", namespace },
  });
  return platform?.["status"] ?? {};
};

const isReady = ({ conditions = [] }: PlatformStatus): boolean =>
  conditions.some(({ type, status }) => type === "Ready" && status === "True");
