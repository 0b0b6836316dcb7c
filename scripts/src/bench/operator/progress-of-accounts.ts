import type { KubeObject } from "../../cluster/client/kube-client.ts";
import type { Access } from "../../cluster/control-plane/kubeconfig.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { watchObjects } from "./watch.ts";

type Condition = { type: string; status: string; reason?: string };

/** Which accounts can send, and what their Deployments were built from, as a watch tells it. */
export type AccountProgress = {
  ready: () => number;
  /** When the Deployment of an account got a display name, in milliseconds of performance.now(). */
  untilApplied: (name: string, displayName: string) => Promise<number>;
  /** Waits until the pods of an account are replaced and its status says so; true unless that takes too long. */
  untilSettled: (name: string, displayName: string) => Promise<boolean>;
  close: () => Promise<void>;
};

export const followAccounts = async (
  access: Access,
  namespace: string,
): Promise<AccountProgress> => {
  const ready = new Set<string>();
  const told = new Map<string, string>();
  const rolledOut = new Set<string>();
  const applied = new Map<string, { text: string; atMs: number }>();
  const accounts = await watchObjects(
    access,
    `/apis/rarityleads.io/v1alpha1/namespaces/${namespace}/whatsappaccounts`,
    (object) => {
      if (isReady(object)) ready.add(object.metadata.name);
      else ready.delete(object.metadata.name);
      if (isSettled(object)) told.set(object.metadata.name, displayNameOf(object));
      else told.delete(object.metadata.name);
    },
  );
  const deployments = await watchObjects(
    access,
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    (object) => {
      if (isRolledOut(object)) rolledOut.add(object.metadata.name);
      else rolledOut.delete(object.metadata.name);
      const text = specVariable(object);
      const before = applied.get(object.metadata.name);
      if (text === undefined || text === before?.text) return;
      applied.set(object.metadata.name, { text, atMs: performance.now() });
    },
  );
  return {
    ready: () => ready.size,
    untilApplied: (name, displayName) =>
      waitUntil(
        `the Deployment of ${name} to be changed`,
        () => {
          const found = applied.get(`whatsapp-${name}`);
          return found?.text.includes(`"${displayName}"`) === true ? found.atMs : undefined;
        },
        60_000,
        2,
      ),
    untilSettled: (name, displayName) =>
      waitUntil(
        `the pods of ${name} to be replaced`,
        () => told.get(name) === displayName && rolledOut.has(`whatsapp-${name}`),
        settledWithinMs,
        20,
      ).catch(() => false),
    close: async () => {
      await Promise.all([accounts.close(), deployments.close()]);
    },
  };
};

const settledWithinMs = 15_000;

type Counts = {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
};

/** The Deployment's controller has seen it, and every pod is of the new template. */
const isRolledOut = (object: KubeObject): boolean => {
  const { replicas: wanted } = object["spec"] as { replicas: number };
  const { observedGeneration, ...counts } = (object["status"] ?? {}) as Counts;
  const { generation } = object.metadata as { generation?: number };
  const { replicas, updatedReplicas, availableReplicas } = counts;
  const all = [replicas, updatedReplicas, availableReplicas];
  return observedGeneration === generation && all.every((count) => count === wanted);
};

/** The operator has seen the account as it is now, and waits for nothing. */
const isSettled = (object: KubeObject): boolean => {
  const { observedGeneration, conditions = [] } = (object["status"] ?? {}) as {
    observedGeneration?: number;
    conditions?: Condition[];
  };
  const { generation } = object.metadata as { generation?: number };
  const isIdle = conditions.some(
    ({ type, status }) => type === "Progressing" && status === "False",
  );
  return observedGeneration === generation && isIdle;
};

const displayNameOf = (object: KubeObject): string =>
  (object["spec"] as { displayName: string }).displayName;

const isReady = (object: KubeObject): boolean => {
  const { conditions = [] } = (object["status"] ?? {}) as { conditions?: Condition[] };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
};

type Container = { env?: { name: string; value?: string }[] };

const specVariable = (object: KubeObject): string | undefined => {
  const spec = object["spec"] as { template: { spec: { containers: Container[] } } };
  const [container] = spec.template.spec.containers;
  return container?.env?.find(({ name }) => name === "ACCOUNT_SPEC")?.value;
};
