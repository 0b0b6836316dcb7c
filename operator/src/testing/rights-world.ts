import { request as httpsRequest } from "node:https";
import { freePort } from "@rarity/platform/ports";
import { apiVersion, labels } from "../api/names.ts";
import type { Condition, KubeObject, ObjectRef } from "../api/objects.ts";
import { platformLabel } from "../api/platform-names.ts";
import { apiVersionOf, resourceKinds } from "../api/resources.ts";
import { objectPath } from "../cluster/kubernetes/paths.ts";
import { installChartOperator, type ChartOperator } from "./chart-operator.ts";
import { platformSecrets, smallPlatform } from "./cluster-operator.ts";
import { startFakePlatform, type FakePlatform } from "./fake-platform.ts";
import { accessOf, openKubernetesCluster, type OpenedCluster } from "./kubernetes-world.ts";
import { startOwnPlane, type OwnPlane } from "./own-plane.ts";
import { waitFor } from "./wait-for.ts";

export type Kind = keyof typeof resourceKinds;
export type LeftKind = "Role" | "RoleBinding" | "Job" | "PodDisruptionBudget";

export interface RightsWorld {
  own: OwnPlane;
  /** Somebody with every right. */
  user: OpenedCluster;
  services: FakePlatform;
  installed: ChartOperator;
  namespace: string;
  operatorNamespace: string;
  apply(object: KubeObject): Promise<KubeObject>;
  get(kind: Kind, name: string): Promise<KubeObject | undefined>;
  merge(ref: ObjectRef, body: unknown): Promise<void>;
  /** A further change of the Platform's spec. */
  changePlatform(spec: Record<string, unknown>): Promise<void>;
  /** Resolves when the cluster has objects of ours of the first kinds, and none of the others. */
  untilThere(there: readonly Kind[], gone?: readonly Kind[]): Promise<void>;
  untilReady(kind: Kind, name: string, status?: string): Promise<void>;
  /** Somebody changes an object of ours by hand; resolves when the operator has put it back. */
  drift(kind: Kind): Promise<void>;
  /** Something an older operator made and no longer makes; resolves when it is gone. */
  leaveBehind(kind: LeftKind): Promise<void>;
  /** The HTTP status of a read of the metric with this token, on the metrics server itself. */
  askMetrics(token: string): Promise<number>;
  close(): Promise<void>;
}

const namespace = "sales";
const operatorNamespace = "rarity-system";
const patience = { timeoutMs: 120_000, intervalMs: 50 };

/** A cluster with every kind the operator may meet, and the operator's rights as the chart gives them. */
export const openRightsWorld = async (): Promise<RightsWorld> => {
  const own = await startOwnPlane({ withForeignKinds: true });
  const services = await startFakePlatform();
  const user = openKubernetesCluster(accessOf(own.plane));
  for (const name of [namespace, operatorNamespace])
    await own.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const apply = async (object: KubeObject): Promise<KubeObject> =>
    user.apply(object, { fieldManager: "person" });
  for (const secret of platformSecrets(namespace)) await apply(secret);
  const metricsPort = await freePort();
  const installed = await installChartOperator({
    client: own.client,
    access: { url: own.proxy.url, caPem: own.plane.caPem },
    namespace: operatorNamespace,
    servicesUrl: services.url,
    values: ["externalMetrics.enabled=true", "externalMetrics.kedaAuthentication=rarity"],
    env: { EXTERNAL_METRICS_PORT: String(metricsPort), SANDBOX_URL: services.url },
  });
  let spec: Record<string, unknown> = {};
  return {
    ...{ own, user, services, installed, namespace, operatorNamespace, apply },
    ...changes(own, user),
    changePlatform: async (change) => {
      spec = { ...spec, ...change };
      await apply(smallPlatform(namespace, spec));
    },
    askMetrics: async (token) => askMetrics(metricsPort, token),
    close: async () => {
      await installed.close();
      await user.close();
      await services.close();
      await own.close();
    },
  };
};

type Changes = Pick<
  RightsWorld,
  "get" | "merge" | "untilThere" | "untilReady" | "drift" | "leaveBehind"
>;

const changes = (own: OwnPlane, user: OpenedCluster): Changes => {
  const get: Changes["get"] = async (kind, name) => user.get({ kind, namespace, name });
  const ours = async (kind: Kind): Promise<KubeObject[]> => {
    const labelSelector = { [labels.managedBy]: "rarity-operator" };
    return user.list(kind, { namespace, labelSelector });
  };
  const merge: Changes["merge"] = async (ref, body) => {
    const path = objectPath(resourceKinds[ref.kind as Kind], ref);
    const contentType = "application/merge-patch+json";
    await own.client.request(path, { method: "PATCH", contentType, body });
  };
  return {
    ...{ get, merge },
    untilThere: async (there, gone = []) => {
      await waitFor(async () => {
        const counted = await Promise.all([...there, ...gone].map(async (kind) => ours(kind)));
        const missing = there.filter((_, at) => counted[at]?.length === 0);
        const left = gone.filter((_, at) => counted[there.length + at]?.length !== 0);
        if (missing.length + left.length === 0) return true;
        throw new Error(`no ${missing.join()}, still ${left.join()}`);
      }, patience);
    },
    untilReady: async (kind, name, status = "True") => {
      await waitFor(async () => {
        const ready = conditionOf(await get(kind, name), "Ready");
        if (ready?.status === status) return true;
        throw new Error(JSON.stringify(ready));
      }, patience);
    },
    drift: async (kind) => {
      const [object] = await ours(kind);
      if (object === undefined) throw new Error(`there is no ${kind}`);
      const { name } = object.metadata;
      const wrong = { [labels.partOf]: "nobody" };
      await merge({ kind, namespace, name }, { metadata: { labels: wrong } });
      await waitFor(async () => {
        const found = await get(kind, name);
        if (found?.metadata.labels?.[labels.partOf] !== "nobody") return true;
        throw new Error(`${kind} ${name} is as somebody left it`);
      }, patience);
    },
    leaveBehind: async (kind) => {
      const uid = (await get("Platform", "rarity"))?.metadata.uid ?? "";
      await user.apply(leftBehind(kind, uid), { fieldManager: "person" });
      await waitFor(
        async () => ((await get(kind, "left-behind")) === undefined ? true : undefined),
        patience,
      );
    },
  };
};

const conditionOf = (object: KubeObject | undefined, wanted: string): Condition | undefined =>
  ((object?.status ?? {}) as { conditions?: Condition[] }).conditions?.find(
    ({ type }) => type === wanted,
  );

const leftBehind = (kind: LeftKind, uid: string): KubeObject => {
  const role = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "rarity-accounts" };
  const pod = { restartPolicy: "Never", containers: [{ name: "old", image: "old" }] };
  const contents = {
    Role: { rules: [] },
    RoleBinding: { roleRef: role, subjects: [] },
    Job: { spec: { template: { spec: pod } } },
    PodDisruptionBudget: { spec: { maxUnavailable: 1, selector: { matchLabels: { old: "yes" } } } },
  };
  const owner = { apiVersion, kind: "Platform", name: "rarity", uid, controller: true };
  return {
    apiVersion: apiVersionOf(resourceKinds[kind]),
    kind,
    metadata: {
      ...{ name: "left-behind", namespace, ownerReferences: [owner] },
      labels: { [platformLabel]: "rarity" },
    },
    ...contents[kind],
  };
};

const askMetrics = async (port: number, token: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/rarity_account_demand`;
    const headers = { authorization: `Bearer ${token}` };
    httpsRequest({ host: "127.0.0.1", port, path, headers, rejectUnauthorized: false }, (answer) =>
      resolve(answer.resume().statusCode ?? 0),
    )
      .on("error", reject)
      .end();
  });
