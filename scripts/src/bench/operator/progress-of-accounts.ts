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
  close: () => Promise<void>;
};

export const followAccounts = async (
  access: Access,
  namespace: string,
): Promise<AccountProgress> => {
  const ready = new Set<string>();
  const applied = new Map<string, { text: string; atMs: number }>();
  const accounts = await watchObjects(
    access,
    `/apis/rarityleads.io/v1alpha1/namespaces/${namespace}/whatsappaccounts`,
    (object) => {
      if (isReady(object)) ready.add(object.metadata.name);
      else ready.delete(object.metadata.name);
    },
  );
  const deployments = await watchObjects(
    access,
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    (object) => {
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
    close: async () => {
      await Promise.all([accounts.close(), deployments.close()]);
    },
  };
};

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
