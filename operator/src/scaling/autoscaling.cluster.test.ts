import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../scripts/src/cluster/client/kube-client.ts";
import {
  startHarness,
  type Harness,
  type Tenant,
} from "../../../services/orchestrator/tests/harness.ts";
import { startAccountSources, type AccountSources } from "../sources/account-sources.ts";
import { createInternalClient } from "../sources/internal-client.ts";
import { startScalingCluster, type ScalingCluster } from "../testing/scaling-cluster.ts";
import { startScalingLoop, type ScalingLoop } from "../testing/scaling-loop.ts";
import { waitFor } from "../testing/wait-for.ts";
import { createAccountDemands } from "./account-demands.ts";
import type { DemandSource } from "./metrics-server/demand-source.ts";
import type { AccountWork } from "./scaling-types.ts";

const namespace = "leads";
const patience = { timeoutMs: 60_000, intervalMs: 100 };

let cluster: ScalingCluster;
let harness: Harness;
let sources: AccountSources;
let loop: ScalingLoop;
let server: Awaited<ReturnType<ScalingCluster["startServer"]>>;
let questions = 0;

const workOf = (accountId: string): AccountWork => ({
  depth: sources.depthOf(accountId),
  isPairing: false,
  isLeaving: false,
  lastActivityAt: undefined,
});

/** The operator's own source, with its questions counted. */
const countedSource = (): DemandSource => {
  const demands = createAccountDemands({
    accountsIn: (asked, accountId) =>
      loop
        .accounts()
        .filter(
          (each) =>
            each.account.metadata.namespace === asked &&
            (accountId === undefined || each.accountId === accountId),
        ),
    workOf,
    now: () => new Date(),
  });
  return {
    demandsIn: (...asked) => {
      questions += 1;
      return demands.demandsIn(...asked);
    },
  };
};

beforeAll(async () => {
  [cluster, harness] = await Promise.all([startScalingCluster(), startHarness()]);
  await cluster.client.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  sources = startAccountSources({
    client: createInternalClient({ token: harness.internalToken }),
    queueDepthUrl: `${harness.url}/internal/queue-depth`,
    accountsUrl: harness.url,
    intervalMs: 100,
    onReading: () => undefined,
  });
  loop = startScalingLoop({ client: cluster.client, namespace, workOf });
  server = await cluster.startServer(countedSource());
});
afterAll(async () => {
  await loop.stop();
  await sources.stop();
  await server.stop({ unregister: true });
  await cluster.stop();
});

/** Puts messages into the tenant's queue; nobody takes them out. Answers their ids. */
const enqueue = async (tenant: Tenant, count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { status, body } = await harness.call("/api/messages/send", {
      token: tenant.token,
      body: {
        to: {
          identity: {
            channel: "whatsapp",
            kind: "phone",
            value: `+1415555${String(1000 + index)}`,
          },
        },
        content: { type: "text", text: "hello" },
      },
    });
    expect(status).toBe(202);
    ids.push(String(body["id"]));
  }
  return ids;
};

const cancel = async (tenant: Tenant, ids: readonly string[]): Promise<void> => {
  for (const id of ids) {
    const options = { token: tenant.token, method: "POST" };
    expect((await harness.call(`/api/messages/${id}/cancel`, options)).status).toBe(200);
  }
};

type Scaled = KubeObject & {
  spec: { replicas: number };
  status?: { readyReplicas?: number };
  metadata: { managedFields?: { manager: string; fieldsV1: { "f:spec"?: object } }[] };
};

const deployment = async (name: string): Promise<Scaled> => {
  const found = await cluster.client.get<Scaled>({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
  });
  if (found === undefined) throw new Error(`no Deployment ${name}`);
  return found;
};

/** Waits until this many pods are asked for and ready; kwok plays the kubelet. */
const untilPods = (name: string, count: number): Promise<true> =>
  waitFor(async () => {
    const { spec, status } = await deployment(name);
    expect([spec.replicas, status?.readyReplicas ?? 0]).toEqual([count, count]);
    return true as const;
  }, patience);

const untilReason = (name: string, reason: string) =>
  waitFor(() => {
    const finding = loop.findingOf(name);
    expect(finding?.reason).toBe(reason);
    return finding;
  }, patience);

const ownersOfReplicas = async (name: string): Promise<string[]> =>
  ((await deployment(name)).metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => "f:replicas" in (fieldsV1["f:spec"] ?? {}))
    .map(({ manager }) => manager);

describe("a HorizontalPodAutoscaler in the real controller manager", () => {
  it("follows the real queue up and down, and is the only one who writes replicas", async () => {
    const tenant = await harness.createTenant();
    await loop.addAccount("steady", tenant.accountId, { minReplicas: 1, maxReplicas: 6 });
    await untilPods("x-steady", 1);
    const ids = await enqueue(tenant, 30);
    await untilPods("x-steady", 6);
    expect(await ownersOfReplicas("x-steady")).toEqual(["kube-controller-manager"]);
    await untilReason("steady", "Autoscaled");
    await cancel(tenant, ids.slice(0, 20));
    await untilPods("x-steady", 2);
    expect(await ownersOfReplicas("x-steady")).toEqual(["kube-controller-manager"]);
  });

  it("says when it wants more than the maximum", async () => {
    const tenant = await harness.createTenant();
    await loop.addAccount("busy", tenant.accountId, { minReplicas: 1, maxReplicas: 2 });
    await enqueue(tenant, 30);
    await untilPods("x-busy", 2);
    const finding = await untilReason("busy", "AtMaximum");
    expect(finding.message).toBe(
      "HorizontalPodAutoscaler x-busy is at its maximum; 2 pods: 10-99 due now, 0 later (1 to 2 allowed, one for every 5 due)",
    );
  });

  it("leaves a hibernating account alone, which a message wakes", async () => {
    const tenant = await harness.createTenant();
    await loop.addAccount("sleepy", tenant.accountId, {
      minReplicas: 0,
      maxReplicas: 6,
      hibernateAfterSeconds: 1,
    });
    await untilPods("x-sleepy", 0);
    await untilReason("sleepy", "Hibernated");
    const ids = await enqueue(tenant, 12);
    await untilPods("x-sleepy", 3);
    const more = await enqueue(tenant, 18);
    await untilPods("x-sleepy", 6);
    expect(await ownersOfReplicas("x-sleepy")).toEqual(["kube-controller-manager"]);
    await cancel(tenant, [...ids, ...more]);
    await untilPods("x-sleepy", 0);
    expect(await ownersOfReplicas("x-sleepy")).toEqual(["rarity-operator-scale"]);
  });

  it("keeps its pods while the queue cannot be read, and gets the fallback when that lasts", async () => {
    await harness.stop();
    const finding = await untilReason("steady", "QueueDepthUnknown");
    expect(finding.message).toBe("keeping 2 pods: /internal/queue-depth cannot be reached");
    const said = await waitFor(async () => {
      const autoscaler = await cluster.client.get<
        KubeObject & {
          status?: { conditions?: { type: string; status: string; reason: string }[] };
        }
      >({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "x-steady", namespace },
      });
      const active = autoscaler?.status?.conditions?.find(({ type }) => type === "ScalingActive");
      return active?.status === "False" ? active : undefined;
    }, patience);
    expect(said.reason).toBe("FailedGetExternalMetric");
    const before = questions;
    await waitFor(() => (questions > before + 12 ? true : undefined), patience);
    expect((await deployment("x-steady")).spec.replicas).toBe(2);
    // A minute later.
    loop.passTime(61_000);
    await untilPods("x-steady", 4);
    await untilReason("steady", "Fallback");
    expect(await ownersOfReplicas("x-steady")).toEqual(["kube-controller-manager"]);
    // Nobody can tell whether something is due for it, so it is woken as well.
    await untilPods("x-sleepy", 4);
  });
});
