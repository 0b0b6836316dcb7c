import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Deployment } from "../../api/workloads.ts";
import {
  smallPlatform,
  startClusterOperator,
  type ClusterOperator,
} from "../../testing/cluster-operator.ts";
import { openClusterWorld, type ClusterWorld } from "../../testing/cluster-world.ts";
import type { OpenedCluster } from "../../testing/kubernetes-world.ts";
import { waitFor } from "../../testing/wait-for.ts";
import { platformChildKinds } from "./observe.ts";

let world: ClusterWorld;
let cluster: OpenedCluster;
let operator: ClusterOperator;

const self = { kind: "Platform", name: "rarity" };

const restart = async (operatorVersion: string): Promise<void> => {
  await operator.stop();
  await cluster.close();
  cluster = world.openCluster();
  operator = await startClusterOperator({ cluster, platform: world.platform, operatorVersion });
};

const deployments = async (): Promise<Map<string, Deployment>> => {
  const list = (await world.user.list("Deployment", {
    namespace: world.namespace,
  })) as Deployment[];
  return new Map(list.map((deployment) => [deployment.metadata.name, deployment]));
};

/** What has been rolled how often: the revision is the Deployment controller's own count. */
const revisions = async (): Promise<Record<string, string | undefined>> =>
  Object.fromEntries(
    [...(await deployments())].map(([name, { metadata }]) => [
      name,
      metadata.annotations?.["deployment.kubernetes.io/revision"],
    ]),
  );

/** How often the operator has looked at a Platform. */
const looks = async (): Promise<number> => {
  const metric = operator.registry.getSingleMetric("controller_runtime_reconcile_total");
  const { values = [] } = (await metric?.get()) ?? {};
  return values
    .filter(({ labels }) => Reflect.get(labels, "controller") === "platform")
    .reduce((sum, { value }) => sum + value, 0);
};

const writes = async (): Promise<number> => {
  const methods = ["POST", "PUT", "PATCH", "DELETE"];
  const counts = await Promise.all(
    methods.map(async (method) => cluster.count("rest_client_requests_total", { method })),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};

/** Lets no new pod in, so that no Job of a migration can start. Answers what to delete afterwards. */
const refusePods = async () => {
  const quota = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "full", namespace: world.namespace },
    spec: { hard: { "count/pods": "0" } },
  };
  await world.test.client.apply(quota);
  // The server keeps to it from when a controller has taken it over into its status.
  await waitFor(async () => {
    const found = await world.test.client.get(quota);
    const { hard } = (found?.["status"] ?? {}) as { hard?: Record<string, string> };
    return hard?.["count/pods"] === "0";
  });
  return quota;
};

beforeAll(async () => {
  world = await openClusterWorld("platform");
  cluster = world.openCluster();
  operator = await startClusterOperator({ cluster, platform: world.platform });
});
afterAll(async () => {
  await operator.stop();
  await world.close();
});

describe("a Platform on a real API server that admits restricted pods only", () => {
  it("says which Secret is missing, and goes on when it is there", async () => {
    const { namespace } = world;
    await world.user.delete({ kind: "Secret", namespace, name: "rarity-redis" });
    await world.apply(smallPlatform(namespace));
    const message = "Secret rarity-redis is missing";
    await world.waitForCondition(self, "Accepted", { reason: "SecretMissing", message });
    expect(await world.user.list("Job", { namespace })).toEqual([]);
    await world.apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "rarity-redis", namespace },
      stringData: { url: "redis://redis:6379" },
    });
  });

  it("migrates first, then runs every component, and is Ready", async () => {
    await world.waitForCondition(self, "Migrated", { status: "True" });
    const platform = await world.waitForCondition(self, "Ready", { status: "True" });
    expect(platform.status).toMatchObject({ version: "0.1.0", migratedVersion: "0.1.0" });
    const [job] = await world.user.list("Job", { namespace: world.namespace });
    const { completionTime = "" } = (job?.status ?? {}) as { completionTime?: string };
    for (const { metadata } of (await deployments()).values()) {
      expect(new Date(metadata.creationTimestamp ?? "").getTime()).toBeGreaterThanOrEqual(
        new Date(completionTime).getTime(),
      );
    }
    expect([...(await deployments()).keys()].sort()).toEqual(
      ["accounts", "auth", "edge", "leads", "orchestrator"].map((name) => `rarity-${name}`),
    );
  });

  it("writes nothing when nothing changes", async () => {
    const versions = async (): Promise<unknown> => {
      const objects = await Promise.all(
        ["Service", "ServiceAccount", "NetworkPolicy", "Role", "Platform"].map(async (kind) =>
          world.user.list(kind, { namespace: world.namespace }),
        ),
      );
      return objects.flat().map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    };
    const before = { looks: await looks(), writes: await writes() };
    // A note wakes the Platform; it asks for nothing else.
    const noted = smallPlatform(world.namespace);
    noted.metadata.annotations = { "example.com/note": "look" };
    await world.apply(noted);
    const seen = await versions();
    await waitFor(async () => (await looks()) > before.looks || undefined);
    expect(await versions()).toEqual(seen);
    expect(await writes()).toBe(before.writes);
  });

  it("puts back what was changed or deleted by hand", async () => {
    const { namespace } = world;
    await world.user.delete({ kind: "Service", namespace, name: "rarity-edge" });
    await world.user.delete({ kind: "NetworkPolicy", namespace, name: "rarity-default-deny" });
    const leads = (await deployments()).get("rarity-leads");
    await world.user.apply(
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "rarity-leads", namespace },
        spec: { ...leads?.spec, replicas: 7 },
      },
      { fieldManager: "hand" },
    );
    await waitFor(async () => {
      const service = await world.get("Service", "rarity-edge");
      const policy = await world.get("NetworkPolicy", "rarity-default-deny");
      const replicas = (await deployments()).get("rarity-leads")?.spec.replicas;
      return (service !== undefined && policy !== undefined && replicas === 2) || undefined;
    });
  });

  it("rolls only what a changed setting touches", async () => {
    const before = await revisions();
    const components = [{ name: "edge", memoryLimit: "512Mi" }];
    await world.apply(smallPlatform(world.namespace, { components }));
    await waitFor(
      async () => (await revisions())["rarity-edge"] !== before["rarity-edge"] || undefined,
    );
    await world.waitForCondition(self, "Ready", { status: "True" });
    expect({ ...(await revisions()), "rarity-edge": "" }).toEqual({ ...before, "rarity-edge": "" });
  });

  it("shows what it would do with DryRun, and the drift with Observe, and does neither", async () => {
    const { namespace } = world;
    const components = [{ name: "edge", replicas: 5 }];
    await world.apply(smallPlatform(namespace, { components, reconcilePolicy: "DryRun" }));
    const dry = await world.waitForCondition(self, "Ready", { reason: "DryRun" });
    expect((dry.status as { plan: string[] }).plan.join()).toContain(
      "change Deployment rarity-edge: spec",
    );
    await world.apply(smallPlatform(namespace, { components, reconcilePolicy: "Observe" }));
    await world.waitForCondition(self, "Synced", { status: "False", message: "rarity-edge" });
    await world.apply(smallPlatform(namespace, { components, paused: true }));
    await world.waitForCondition(self, "Paused", { status: "True" });
    expect((await deployments()).get("rarity-edge")?.spec.replicas).toBe(2);
  });

  it("recovers from a bad spec when it is reverted", async () => {
    const { namespace } = world;
    const bad = [{ name: "edge", memoryLimit: "1", cpuRequest: "-1" }];
    await world.apply(smallPlatform(namespace, { components: bad }));
    await world.waitForCondition(self, "Degraded", { status: "True", reason: "Refused" });
    await world.apply(smallPlatform(namespace));
    await world.waitForCondition(self, "Degraded", { status: "False" });
    await world.waitForCondition(self, "Ready", { status: "True" });
  });

  it("changes no pod and no version when a newer operator takes over, and says what it brings", async () => {
    const before = await revisions();
    await restart("0.2.0");
    await world.waitForCondition(self, "UpdateAvailable", { status: "True", message: "0.2.0" });
    await world.waitForCondition(self, "Ready", { status: "True" });
    expect(await revisions()).toEqual(before);
  });

  it("upgrades when it is asked to: the old version runs until the migration is done", async () => {
    const { namespace } = world;
    const quota = await refusePods();
    await world.apply(smallPlatform(namespace, { version: "0.2.0" }));
    await world.waitForCondition(self, "Migrated", { status: "False", reason: "Running" });
    const images = async (): Promise<string[]> =>
      [...(await deployments()).values()].map(
        ({ spec }) => spec.template.spec.containers[0]?.image ?? "",
      );
    expect(new Set(await images())).toEqual(new Set(["rarity-leads/services:0.1.0"]));
    await world.test.client.delete(quota);
    const platform = await world.waitForCondition(self, "Ready", { status: "True" });
    expect(platform.status).toMatchObject({ version: "0.2.0", migratedVersion: "0.2.0" });
    expect(new Set(await images())).toEqual(new Set(["rarity-leads/services:0.2.0"]));
  });

  it("says what a failed migration said, and keeps the former version running", async () => {
    const { namespace } = world;
    const quota = await refusePods();
    await world.apply(smallPlatform(namespace, { version: "0.3.0" }));
    const job = await waitFor(async () =>
      (await world.user.list("Job", { namespace })).find(({ status = {} }) => {
        const { succeeded, startTime } = status as { succeeded?: number; startTime?: string };
        return succeeded === undefined && startTime !== undefined;
      }),
    );
    const now = new Date().toISOString();
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs/${job.metadata.name}/status`;
    const condition = { status: "True", reason: "BackoffLimitExceeded", message: "gave up" };
    await world.test.client.request(path, {
      method: "PATCH",
      contentType: "application/merge-patch+json",
      body: {
        status: {
          conditions: ["FailureTarget", "Failed"].map((type) => ({
            ...condition,
            type,
            lastTransitionTime: now,
            lastProbeTime: now,
          })),
        },
      },
    });
    await world.waitForCondition(self, "Migrated", { reason: "Failed", message: "gave up" });
    await world.waitForCondition(self, "Degraded", { reason: "MigrationFailed" });
    expect((await deployments()).get("rarity-edge")?.spec.template.spec.containers[0]?.image).toBe(
      "rarity-leads/services:0.2.0",
    );
    expect(operator.events.map(({ event }) => event.reason)).toContain("MigrationFailed");
    await world.test.client.delete(quota);
    await world.apply(smallPlatform(namespace, { version: "0.2.0" }));
    await world.waitForCondition(self, "Ready", { status: "True" });
  });

  it("serves the older of two Platforms, and tells the other", async () => {
    const { namespace } = world;
    const second = smallPlatform(namespace);
    second.metadata.name = "second";
    await world.apply(second);
    const ref = { kind: "Platform", name: "second" };
    await world.waitForCondition(ref, "Accepted", { status: "False", reason: "AnotherPlatform" });
    await world.user.delete({ ...ref, namespace });
  });

  it("takes everything with it when it is deleted", async () => {
    const { namespace } = world;
    await world.user.delete({ ...self, namespace });
    await waitFor(
      async () => {
        const served = await world.user.serves(platformChildKinds);
        const left = await Promise.all(
          [...served].map(async (kind) => world.user.list(kind, { namespace })),
        );
        const ours = left.flat().filter(({ metadata }) => metadata.name.startsWith("rarity-"));
        const children = ours.filter(({ kind }) => kind !== "Secret");
        if (children.length === 0) return true;
        throw new Error(children.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join());
      },
      { timeoutMs: 60_000 },
    );
  });
});
