import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startHarness,
  type Harness,
  type Tenant,
} from "../../../../services/orchestrator/tests/harness.ts";
import type { Condition, KubeObject } from "../../api/objects.ts";
import { platformSecrets, smallPlatform } from "../../testing/cluster-operator.ts";
import { startFakePlatform, type FakePlatform } from "../../testing/fake-platform.ts";
import {
  accessOf,
  openKubernetesCluster,
  type OpenedCluster,
} from "../../testing/kubernetes-world.ts";
import { sampleAccount } from "../../testing/sample-accounts.ts";
import { startScalingCluster, type ScalingCluster } from "../../testing/scaling-cluster.ts";
import { startScalingOperator, type ScalingOperator } from "../../testing/scaling-operator.ts";
import { waitFor } from "../../testing/wait-for.ts";

const namespace = "leads";
const patience = { timeoutMs: 90_000, intervalMs: 50 };

let plane: ScalingCluster;
let harness: Harness;
let accounts: FakePlatform;
let cluster: OpenedCluster;
let operator: ScalingOperator;

beforeAll(async () => {
  [plane, harness, accounts] = await Promise.all([
    startScalingCluster(),
    startHarness(),
    startFakePlatform(),
  ]);
  cluster = openKubernetesCluster(accessOf(plane.access));
  await plane.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const secret of platformSecrets(namespace)) await apply(withToken(secret));
  operator = await startScalingOperator(cluster, {
    orchestratorUrl: harness.url,
    accountsUrl: accounts.url,
  });
  await applyPlatform({});
});
afterAll(async () => {
  await operator.stop();
  await cluster.close();
  await accounts.close();
  await harness.stop();
  await plane.stop();
});

const apply = (object: KubeObject): Promise<KubeObject> =>
  cluster.apply(object, { fieldManager: "person" });

/** The orchestrator's own token. */
const withToken = (secret: KubeObject): KubeObject =>
  secret.metadata.name === "rarity-keys"
    ? {
        ...secret,
        stringData: { ...(secret["stringData"] as object), internalToken: harness.internalToken },
      }
    : secret;

const applyPlatform = (scaling: object): Promise<KubeObject> =>
  apply(
    smallPlatform(namespace, {
      scaling: { startsAtOnceMax: 1000, startsPerEgressMax: 1000, ...scaling },
    }),
  );

const applyAccount = async (name: string, spec: Record<string, unknown>): Promise<Tenant> => {
  const tenant = await harness.createTenant();
  const { orgId, accountId } = tenant;
  await apply(
    sampleAccount("XAccount", {
      ...{ name, namespace },
      spec: { orgId, accountId, targetQueueDepth: 5, ...spec },
    }),
  );
  return tenant;
};

const enqueue = async (tenant: Tenant, count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) {
    const value = `+1415555${String(1000 + index)}`;
    const body = {
      to: { identity: { channel: "whatsapp", kind: "phone", value } },
      content: { type: "text", text: "hello" },
    };
    const { status } = await harness.call("/api/messages/send", { token: tenant.token, body });
    expect(status).toBe(202);
  }
};

const untilReplicas = (name: string, replicas: number): Promise<true> =>
  waitFor(async () => {
    const found = await cluster.get({ kind: "Deployment", namespace, name });
    expect(found?.spec).toMatchObject({ replicas });
    return true as const;
  }, patience);

const untilCondition = (
  kind: string,
  name: string,
  wanted: Partial<Condition>,
): Promise<Condition> =>
  waitFor(async () => {
    const found = await cluster.get({ kind, namespace, name });
    const { conditions = [] } = (found?.status ?? {}) as { conditions?: Condition[] };
    const scaling = conditions.find(({ type }) => type === "Scaling");
    expect(scaling).toMatchObject(wanted);
    return scaling!;
  }, patience);

const autoscaler = (name: string) =>
  cluster.get({ kind: "HorizontalPodAutoscaler", namespace, name });

describe("the operator with its own metrics server", () => {
  it("takes the free slot, and its autoscaler follows the real queue", async () => {
    const tenant = await applyAccount("steady", { minReplicas: 1, maxReplicas: 6 });
    await untilCondition("Platform", "rarity", { status: "True", reason: "Builtin" });
    await untilReplicas("x-steady", 1);
    await untilCondition("XAccount", "steady", { status: "True", reason: "Autoscaled" });
    await enqueue(tenant, 30);
    await untilReplicas("x-steady", 6);
    const { message } = await untilCondition("XAccount", "steady", { status: "True" });
    expect(message).toMatch(/^HorizontalPodAutoscaler x-steady /);
    expect(operator.scaling.server?.registration()).toEqual({ state: "registered" });
  });

  it("gives an account that can only hibernate no autoscaler, and wakes it", async () => {
    const spec = { minReplicas: 0, maxReplicas: 1, hibernateAfterSeconds: 1 };
    const tenant = await applyAccount("nap", spec);
    await untilCondition("XAccount", "nap", { reason: "Hibernated" });
    await untilReplicas("x-nap", 0);
    await enqueue(tenant, 1);
    await untilReplicas("x-nap", 1);
    expect(await autoscaler("x-nap")).toBeUndefined();
  });

  it("exports the demand for a metrics server that reads it from Prometheus", async () => {
    const text = await operator.registry.getSingleMetricAsString("rarity_account_demand");
    expect(text).toMatch(/rarity_account_demand\{namespace="leads",account_id="[-0-9a-f]+"\} 30/);
  });

  it("takes over in mode Direct without losing a pod, and hands back", async () => {
    await applyPlatform({ mode: "Direct" });
    await waitFor(
      async () => ((await autoscaler("x-steady")) === undefined ? true : undefined),
      patience,
    );
    await untilCondition("XAccount", "steady", { status: "True", reason: "QueueDepth" });
    await untilReplicas("x-steady", 6);
    const tenant = await applyAccount("quick", { minReplicas: 1, maxReplicas: 4 });
    await untilReplicas("x-quick", 1);
    await enqueue(tenant, 20);
    await untilReplicas("x-quick", 4);
    // Nobody wants the slot any more.
    await waitFor(
      () => (operator.scaling.server?.registration().state === "unregistered" ? true : undefined),
      patience,
    );
    await applyPlatform({ mode: "Builtin" });
    await waitFor(async () => autoscaler("x-steady"), patience);
    await untilReplicas("x-steady", 6);
    await untilCondition("XAccount", "steady", { status: "True", reason: "Autoscaled" });
  });

  it("leaves a slot alone that another server has, says so, and scales all the same", async () => {
    await applyPlatform({ mode: "Direct" });
    await waitFor(
      () => (operator.scaling.server?.registration().state === "unregistered" ? true : undefined),
      patience,
    );
    const apiService = {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.external.metrics.k8s.io" },
      spec: {
        ...{ group: "external.metrics.k8s.io", version: "v1beta1" },
        ...{ groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true },
        service: { namespace: "monitoring", name: "adapter", port: 443 },
      },
    };
    await plane.client.apply(apiService);
    await applyPlatform({ mode: "Builtin" });
    const { message } = await untilCondition("Platform", "rarity", {
      status: "False",
      reason: "ForeignMetricsServer",
    });
    expect(message).toBe(
      "external.metrics.k8s.io belongs to monitoring/adapter: remove its APIService, or use mode External or Keda; until then the operator writes replicas itself",
    );
    await untilCondition("XAccount", "steady", { status: "True", reason: "QueueDepth" });
    const left = await plane.client.get<{ spec: object } & typeof apiService>(apiService);
    expect(left?.spec).toMatchObject({ service: { namespace: "monitoring", name: "adapter" } });
    await plane.client.delete(apiService);
  });
});
