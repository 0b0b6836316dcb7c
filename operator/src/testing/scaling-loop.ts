import { setTimeout as delay } from "node:timers/promises";
import type {
  KubeClient,
  KubeObject as Json,
} from "../../../scripts/src/cluster/client/kube-client.ts";
import type { Finding } from "../api/conditions.ts";
import type { KubeObject } from "../api/objects.ts";
import type { Deployment } from "../api/workloads.ts";
import { scaleFieldManager } from "../desired/scaling/replicas.ts";
import { scaleAccount } from "../scaling/scale-account.ts";
import type { AccountWork, ScaledAccount, ScalingSpec } from "../scaling/scaling-types.ts";
import { orgId } from "./fixtures.ts";

export interface ScalingLoop {
  addAccount: (name: string, accountId: string, spec: Partial<ScalingSpec>) => Promise<void>;
  accounts: () => readonly { accountId: string; account: ScaledAccount }[];
  findingOf: (name: string) => Finding | undefined;
  /** Moves the clock of the decisions ahead. */
  passTime: (ms: number) => void;
  stop: () => Promise<void>;
}

export interface ScalingLoopDeps {
  client: KubeClient;
  namespace: string;
  workOf: (accountId: string) => AccountWork;
}

/** Scales accounts as the operator does, and nothing else: mode Builtin, fallback of 4. */
export const startScalingLoop = (deps: ScalingLoopDeps): ScalingLoop => {
  const { client, namespace } = deps;
  const ids = new Map<string, string>();
  const seen = new Map<string, ScaledAccount>();
  const findings = new Map<string, Finding>();
  const stop = new AbortController();
  let aheadMs = 0;

  const reconcile = async (name: string, accountId: string): Promise<void> => {
    const account = (await client.get(accountRef(namespace, name))) as ScaledAccount | undefined;
    if (account === undefined) return;
    seen.set(name, account);
    const observed = await observe(client, namespace, `x-${name}`);
    const result = scaleAccount(account, {
      ...{ work: deps.workOf(accountId), now: new Date(Date.now() + aheadMs), accountId },
      ...{ mode: "Builtin", kedaSource: undefined, fallbackReplicas: 4, replicasMean: "workers" },
      ...{ name: `x-${name}`, labels: { app: name } },
      start: { ok: true },
      ...observed,
    });
    findings.set(name, result.decision.finding);
    const isNew = observed.deployment === undefined;
    await act(client, { namespace, name, isNew }, result);
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      for (const [name, id] of ids) await reconcile(name, id);
      await delay(100);
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    addAccount: async (name, accountId, spec) => {
      await client.apply(accountOf(namespace, name, accountId, spec));
      ids.set(name, accountId);
    },
    accounts: () =>
      [...seen].map(([name, account]) => ({ accountId: ids.get(name) ?? "", account })),
    findingOf: (name) => findings.get(name),
    passTime: (ms) => {
      aheadMs += ms;
    },
    stop: async () => {
      stop.abort();
      await running;
    },
  };
};

const accountRef = (namespace: string, name: string) => ({
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "XAccount",
  metadata: { namespace, name },
});

const accountOf = (
  namespace: string,
  name: string,
  accountId: string,
  spec: Partial<ScalingSpec>,
): Json => ({
  ...accountRef(namespace, name),
  spec: {
    ...{ orgId, accountId, displayName: name, username: name, targetQueueDepth: 5, ...spec },
    credentialsSecretRef: { name },
  },
});

const observe = async (
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<{ deployment: Deployment | undefined; owned: KubeObject[] }> => {
  const metadata = { namespace, name };
  const [deployment, autoscaler] = await Promise.all([
    client.get({ apiVersion: "apps/v1", kind: "Deployment", metadata }),
    client.get({ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata }),
  ]);
  return {
    deployment: deployment as Deployment | undefined,
    owned: autoscaler === undefined ? [] : [autoscaler as KubeObject],
  };
};

const act = async (
  client: KubeClient,
  { namespace, name, isNew }: { namespace: string; name: string; isNew: boolean },
  result: ReturnType<typeof scaleAccount>,
): Promise<void> => {
  const apply = (object: unknown, manager: string) =>
    client.apply(object as Json, manager, { force: true });
  const { replicas, initialReplicas, decision } = result;
  if (!isNew && replicas !== undefined) await apply(replicas, scaleFieldManager);
  await apply(deploymentOf(namespace, name, initialReplicas), "rarity-operator");
  if (isNew && replicas !== undefined) await apply(replicas, scaleFieldManager);
  for (const object of result.objects) await apply(impatient(object), "rarity-operator");
  const { apiVersion } = accountRef(namespace, name);
  await client.request(`/apis/${apiVersion}/namespaces/${namespace}/xaccounts/${name}/status`, {
    method: "PATCH",
    contentType: "application/merge-patch+json",
    body: { status: { idleSince: decision.idleSince?.toISOString() ?? null } },
  });
};

/** Without the lull of a minute before pods go; waiting for it would prove nothing more. */
const impatient = (object: unknown): Json => {
  const copy = structuredClone(object) as Json & {
    spec: { behavior: { scaleDown: { stabilizationWindowSeconds: number } } };
  };
  copy.spec.behavior.scaleDown.stabilizationWindowSeconds = 0;
  return copy;
};

const deploymentOf = (namespace: string, name: string, replicas: number | undefined): Json => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: `x-${name}`, namespace },
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "example/none:1" }] },
    },
  },
});
