import { openTestCluster, type TestCluster } from "../../../scripts/src/cluster/testing/cluster.ts";
import type { Condition, KubeObject, ObjectRef } from "../api/objects.ts";
import { platformSecrets } from "./cluster-operator.ts";
import { startFakePlatform, type FakePlatform } from "./fake-platform.ts";
import { accessOf, openKubernetesCluster, type OpenedCluster } from "./kubernetes-world.ts";
import { waitFor } from "./wait-for.ts";

export interface ClusterWorld {
  test: TestCluster;
  namespace: string;
  /** The services a Platform's accounts are asked about. */
  platform: FakePlatform;
  /** Another client than the operator's, as a person has one. */
  user: OpenedCluster;
  /** An adapter for an operator of the test, which sees this namespace only. */
  openCluster(): OpenedCluster;
  apply(object: KubeObject): Promise<KubeObject>;
  get(kind: string, name: string): Promise<KubeObject | undefined>;
  waitForCondition(
    ref: Omit<ObjectRef, "namespace">,
    type: string,
    wanted: WantedCondition,
  ): Promise<KubeObject>;
  close(): Promise<void>;
}

interface WantedCondition {
  status?: string;
  reason?: string;
  message?: string;
}

/** A namespace on the real API server that takes restricted pods only, with the Secrets a Platform names. */
export const openClusterWorld = async (prefix: string): Promise<ClusterWorld> => {
  const test = await openTestCluster(prefix);
  const { namespace } = test;
  await test.client.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  });
  const config = accessOf(test.access);
  const user = openKubernetesCluster(config);
  const opened: OpenedCluster[] = [user];
  const platform = await startFakePlatform();
  const apply = async (object: KubeObject): Promise<KubeObject> =>
    user.apply(object, { fieldManager: "person" });
  for (const secret of platformSecrets(namespace)) await apply(secret);
  const get: ClusterWorld["get"] = async (kind, name) => user.get({ kind, namespace, name });
  return {
    ...{ test, namespace, platform, user, apply, get },
    openCluster: () => {
      const cluster = openKubernetesCluster(config, { namespaces: [namespace] });
      opened.push(cluster);
      return cluster;
    },
    waitForCondition: async (ref, type, wanted) =>
      waitFor(
        async () => {
          const object = await get(ref.kind, ref.name);
          const conditions = conditionsOf(object);
          if (conditions.some((one) => one.type === type && isAs(one, wanted))) return object;
          throw new Error(JSON.stringify(conditions));
        },
        { timeoutMs: 60_000, intervalMs: 50 },
      ),
    close: async () => {
      await platform.close();
      await Promise.all(opened.map(async (cluster) => cluster.close()));
      await test.close();
    },
  };
};

const conditionsOf = (object: KubeObject | undefined): Condition[] =>
  ((object?.status ?? {}) as { conditions?: Condition[] }).conditions ?? [];

const isAs = (found: Condition, { status, reason, message = "" }: WantedCondition): boolean =>
  (status ?? found.status) === found.status &&
  (reason ?? found.reason) === found.reason &&
  found.message.includes(message);
