import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountKinds, type Account, type AccountKind } from "../../api/account-kinds.ts";
import { accountFinalizer, annotations, deploymentName } from "../../api/names.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Deployment } from "../../api/workloads.ts";
import {
  smallPlatform,
  startClusterOperator,
  type ClusterOperator,
} from "../../testing/cluster-operator.ts";
import { openClusterWorld, type ClusterWorld } from "../../testing/cluster-world.ts";
import { sampleAccount } from "../../testing/sample-accounts.ts";
import { waitFor } from "../../testing/wait-for.ts";
import { childKinds } from "./observe.ts";

let world: ClusterWorld;
let operator: ClusterOperator;

const startOperator = async (deletionDeadlineMs: number): Promise<void> => {
  const { platform } = world;
  operator = await startClusterOperator({
    ...{ cluster: world.openCluster(), platform, deletionDeadlineMs },
  });
};

beforeAll(async () => {
  world = await openClusterWorld("accounts");
  // Nobody should get there. The server cuts the time of a deletion to seconds, so that of a short
  // deadline hardly anything may be left.
  await startOperator(30_000);
});
afterAll(async () => {
  await operator.stop();
  await world.close();
});

const kinds = Object.keys(accountKinds) as AccountKind[];

const account = (kind: AccountKind, name: string, spec: Record<string, unknown> = {}): KubeObject =>
  sampleAccount(kind, { name, namespace: world.namespace, spec });

const read = async (kind: AccountKind, name: string): Promise<Account> =>
  (await world.get(kind, name)) as Account;

const childrenOf = async (owner: KubeObject): Promise<KubeObject[]> => {
  const { uid = "", namespace } = owner.metadata;
  const served = await world.user.serves(childKinds);
  const lists = await Promise.all(
    [...served].map(async (kind) => world.user.list(kind, { namespace, ownerUid: uid })),
  );
  return lists.flat();
};

const deploymentFor = async (object: Account): Promise<Deployment | undefined> =>
  (await world.get("Deployment", deploymentName(object))) as Deployment | undefined;

describe("an account without a Platform", () => {
  it("says what it needs, starts nothing, and starts once that is there", async () => {
    await world.apply(account("WhatsAppAccount", "early"));
    const ref = { kind: "WhatsAppAccount", name: "early" };
    await world.waitForCondition(ref, "Degraded", { status: "True", reason: "NoPlatform" });
    expect(await childrenOf(await read("WhatsAppAccount", "early"))).toEqual([]);
    await world.apply(smallPlatform(world.namespace));
    await world.waitForCondition(ref, "Ready", { status: "True", reason: "Connected" });
  });
});

describe.each(kinds)("%s on a real API server that admits restricted pods only", (kind) => {
  const name = "sales";
  const ref = { kind, name };

  it("becomes a Deployment with a policy of its own, and is Ready", async () => {
    await world.apply(account(kind, name, { maxReplicas: 2 }));
    await world.waitForCondition(ref, "Ready", { status: "True", reason: "Connected" });
    const found = await read(kind, name);
    expect((await childrenOf(found)).map((child) => child.kind).sort()).toEqual([
      "Deployment",
      "NetworkPolicy",
      "PodDisruptionBudget",
    ]);
    expect(found.status).toMatchObject({ replicas: 1, readyReplicas: 1, health: "Healthy" });
  });

  it("follows its queue up, and keeps its pods while the queue cannot be read", async () => {
    const { status, spec } = await read(kind, name);
    const depth = { accountId: status?.accountId ?? "", orgId: spec.orgId, oldestReadyAgeMs: 5 };
    world.platform.depths = [{ ...depth, ready: 500, waiting: 0, nextDueAt: null }];
    await waitFor(async () => (await read(kind, name)).status?.readyReplicas === 2 || undefined);
    world.platform.isFailing = true;
    await world.waitForCondition(ref, "Scaling", { status: "Unknown" });
    expect((await deploymentFor(await read(kind, name)))?.spec.replicas).toBe(2);
    world.platform.isFailing = false;
    world.platform.depths = [];
    await world.waitForCondition(ref, "Degraded", { status: "False" });
  });

  it("puts back what was changed or deleted by hand", async () => {
    const found = await read(kind, name);
    const child = deploymentName(found);
    await world.user.delete({ kind: "NetworkPolicy", namespace: world.namespace, name: child });
    await waitFor(async () => world.get("NetworkPolicy", child));
  });

  it("does not act with Observe, and shows the drift", async () => {
    await world.apply(account(kind, name, { maxReplicas: 2, reconcilePolicy: "Observe" }));
    await world.waitForCondition(ref, "Ready", { reason: "Observe" });
    const child = deploymentName(await read(kind, name));
    await world.user.delete({ kind: "NetworkPolicy", namespace: world.namespace, name: child });
    const message = `create NetworkPolicy ${child}`;
    await world.waitForCondition(ref, "Synced", { status: "False", message });
    expect(await world.get("NetworkPolicy", child)).toBeUndefined();
    await world.apply(account(kind, name, { maxReplicas: 2, reconcilePolicy: "DryRun" }));
    const dry = await world.waitForCondition(ref, "Ready", { reason: "DryRun" });
    expect((dry.status as { plan: string[] }).plan.join("\n")).toContain(message);
    await world.apply(account(kind, name, { maxReplicas: 2 }));
    await waitFor(async () => world.get("NetworkPolicy", child));
  });

  it("waits for its logout when it is deleted with Delete, and leaves nothing behind", async () => {
    await world.apply(account(kind, name, { maxReplicas: 2, deletionPolicy: "Delete" }));
    const found = await waitFor(async () => {
      const now = await read(kind, name);
      return now.metadata.finalizers?.includes(accountFinalizer) === true ? now : undefined;
    });
    const id = found.status?.accountId ?? "";
    world.platform.linked.add(id);
    await world.user.delete({ ...ref, namespace: world.namespace });
    await world.waitForCondition(ref, "Ready", { reason: "LoggingOut" });
    world.platform.linked.delete(id);
    await waitFor(async () => ((await world.get(kind, name)) === undefined ? true : undefined));
    await waitFor(async () => ((await childrenOf(found)).length === 0 ? true : undefined), {
      timeoutMs: 30_000,
    });
  });
});

describe("accounts and their Platform", () => {
  it("roll the pods that read a rotated Secret value", async () => {
    const ref = { kind: "WhatsAppAccount", name: "early" } as const;
    const template = async (): Promise<unknown> =>
      (await deploymentFor(await read(ref.kind, ref.name)))?.spec.template.metadata.annotations;
    const before = await template();
    const stringData = Object.fromEntries(
      ["admin", "orchestrator", "leads", "accounts", "auth", "whatsapp"].map((role) => [
        `${role}Url`,
        `postgres://${role}:rotated@db/rarity`,
      ]),
    );
    const metadata = { name: "rarity-database", namespace: world.namespace };
    await world.apply({ apiVersion: "v1", kind: "Secret", metadata, stringData });
    // Secrets are read anew once in a while, or when their Platform changes.
    const roll = smallPlatform(world.namespace);
    roll.metadata.annotations = { "example.com/note": "rotated" };
    await world.apply(roll);
    await waitFor(
      async () => JSON.stringify(await template()) !== JSON.stringify(before) || undefined,
    );
    await world.waitForCondition(ref, "Ready", { status: "True" });
  });
});

describe("a Deployment as a former operator left it", () => {
  it("keeps its pods until somebody asks for a change", async () => {
    const kind = "WhatsAppAccount";
    const { namespace } = world;
    const image = async (): Promise<string | undefined> =>
      (await deploymentFor(await read(kind, "early")))?.spec.template.spec.containers[0]?.image;
    const wanted = await image();
    const name = deploymentName(await read(kind, "early"));
    // Built from the same specs, and otherwise.
    await world.apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace, annotations: { [annotations.templateHash]: "former" } },
      spec: { template: { spec: { containers: [{ name: "whatsapp", image: "former:1" }] } } },
    });
    const ref = { kind, name: "early" };
    await world.waitForCondition(ref, "Synced", { reason: "HeldForUpgrade", message: name });
    expect(await image()).toBe("former:1");
    const asked = account(kind, "early");
    asked.metadata.annotations = { [annotations.roll]: "now" };
    await world.apply(asked);
    await world.waitForCondition(ref, "Synced", { reason: "AsAsked" });
    expect(await image()).toBe(wanted);
  });
});

describe("a namespace that is deleted", () => {
  it("goes though an account waits for its logout and no service answers", async () => {
    const { namespace } = world;
    // This one waits for the deadline to pass.
    await operator.stop();
    await startOperator(1_500);
    await world.apply(account("XAccount", "last", { deletionPolicy: "Delete" }));
    const ref = { kind: "XAccount", name: "last" };
    await world.waitForCondition(ref, "Ready", { status: "True" });
    world.platform.linked.add((await read("XAccount", "last")).status?.accountId ?? "");
    world.platform.isFailing = true;
    await world.test.client.delete({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
    });
    await waitFor(
      async () => {
        const found = await world.test.client.get({
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: namespace },
        });
        return found === undefined ? true : undefined;
      },
      { timeoutMs: 120_000, intervalMs: 200 },
    );
    expect(operator.events.map(({ event }) => event.reason)).toContain("SessionNotErased");
  }, 240_000);
});
