import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allAccountKinds, type Account, type AccountKind } from "../api/account-kinds.ts";
import { accountFinalizer, deploymentName } from "../api/names.ts";
import { isOwnedBy, type KubeObject } from "../api/objects.ts";
import type { Deployment } from "../api/workloads.ts";
import { smallPlatform, startClusterOperator } from "../testing/cluster-operator.ts";
import { openClusterWorld, type ClusterWorld } from "../testing/cluster-world.ts";
import { killAfter } from "../testing/killed-cluster.ts";
import { sampleAccount } from "../testing/sample-accounts.ts";
import { waitFor } from "../testing/wait-for.ts";
import { childKinds } from "./account/observe.ts";
import { platformChildKinds } from "./platform/observe.ts";

/** More writes than any object takes: whoever needs more never comes to rest. */
const killsMax = 120;

let world: ClusterWorld;
beforeAll(async () => {
  world = await openClusterWorld("crash");
});
afterAll(async () => {
  await world.close();
});

/**
 * Starts operators that die after their first write, one after another, until the wanted state is
 * there. So every write of the way is one after which an operator died and a new one had to see
 * what is left to do. Answers what each of them did last.
 */
const untilReached = async (reached: () => Promise<boolean>): Promise<string[]> => {
  const deaths: string[] = [];
  while (!(await reached())) {
    if (deaths.length >= killsMax) throw new Error(`no rest after: ${deaths.join(", ")}`);
    const adapter = world.openCluster();
    const killed = killAfter(adapter, 1);
    const { cluster } = killed;
    const operator = await startClusterOperator({ cluster, platform: world.platform }).catch(
      () => undefined,
    );
    const rested = waitFor(async () => ((await reached()) ? "rest" : undefined), {
      timeoutMs: 60_000,
      intervalMs: 25,
    });
    await Promise.race([killed.died, rested]);
    rested.catch(() => undefined);
    await operator?.stop();
    await adapter.close();
    // What a write did may be seen before the write is answered: the last one counts as well.
    const end = await Promise.race([killed.died, Promise.resolve("rest")]);
    if (end !== "rest") deaths.push(end);
  }
  return deaths;
};

const isTrue = (object: KubeObject | undefined, type: string, generation?: number): boolean => {
  const { conditions = [] } = (object?.status ?? {}) as {
    conditions?: { type: string; status: string; observedGeneration?: number }[];
  };
  return conditions.some(
    (condition) =>
      condition.type === type &&
      condition.status === "True" &&
      condition.observedGeneration === (generation ?? object?.metadata.generation),
  );
};

const hasReason = (object: KubeObject | undefined, reason: string): boolean => {
  const { conditions = [] } = (object?.status ?? {}) as { conditions?: { reason: string }[] };
  return conditions.some((condition) => condition.reason === reason);
};

/** Everything in the namespace that is ours or was, by kind. */
const everything = async (kinds: readonly string[]): Promise<KubeObject[]> => {
  const served = await world.user.serves(kinds);
  const lists = await Promise.all(
    [...served].map(async (kind) => world.user.list(kind, { namespace: world.namespace })),
  );
  return lists
    .flat()
    .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/part-of"] === "rarity-leads");
};

const namesOf = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();

const ownedBy = (objects: readonly KubeObject[], owner: KubeObject | undefined): string[] =>
  namesOf(objects.filter((object) => isOwnedBy(object, owner?.metadata.uid)));

describe("a Platform whose operator is killed after every write", () => {
  const read = async () => world.get("Platform", "rarity");

  it("is created whole, with nothing twice and nothing left over", async () => {
    await world.apply(smallPlatform(world.namespace, { sandbox: "On" }));
    // Pods are faked: the sandbox says nothing, and only that stands between the Platform and Ready.
    const deaths = await untilReached(async () => hasReason(await read(), "SandboxUnreadable"));
    expect(deaths.filter((death) => death === "apply Deployment")).toHaveLength(6);
    expect(deaths.filter((death) => death === "apply Job")).toHaveLength(1);
    const objects = await everything(platformChildKinds);
    expect(ownedBy(objects, await read())).toEqual(namesOf(objects));
  });

  it("is changed whole: what is wanted no more is gone", async () => {
    const components = [{ name: "edge", replicas: 1 }];
    await world.apply(smallPlatform(world.namespace, { components, version: "0.1.1" }));
    const deaths = await untilReached(
      async () =>
        isTrue(await read(), "Ready") &&
        (await world.get("Service", "rarity-sandbox")) === undefined,
    );
    expect(deaths).toContain("delete Deployment");
    const names = namesOf(await everything(platformChildKinds));
    expect(names).not.toContain("PodDisruptionBudget/rarity-edge");
    expect(names.filter((name) => name.includes("sandbox"))).toEqual([]);
    expect(names.filter((name) => name.startsWith("Job/"))).toHaveLength(1);
  });
});

describe.each(allAccountKinds)("%s whose operator is killed after every write", (kind) => {
  const name = "kept";
  const read = async () => (await world.get(kind, name)) as Account | undefined;
  const object = (spec: Record<string, unknown> = {}) =>
    sampleAccount(kind, { name, namespace: world.namespace, spec });

  it("is created, changed and deleted whole, with nothing twice and nothing left over", async () => {
    await world.apply(object());
    const created = await untilReached(async () => isTrue(await read(), "Ready"));
    expect(created).toEqual(expect.arrayContaining(["apply NetworkPolicy", "apply Deployment"]));
    const account = await read();
    expect(ownedBy(await everything(childKinds), account)).toEqual(childrenOf(account));

    const spec = { displayName: "Changed", maxReplicas: 2, deletionPolicy: "Delete" };
    await world.apply(object(spec));
    await untilReached(async () => {
      const now = await read();
      const deployment = await deploymentFor(now);
      return isTrue(now, "Ready") && JSON.stringify(deployment?.spec).includes("Changed");
    });
    const changed = await read();
    expect(changed?.metadata.finalizers).toContain(accountFinalizer);
    expect(ownedBy(await everything(childKinds), changed)).toEqual(
      [...childrenOf(changed), `PodDisruptionBudget/${deploymentName(changed!)}`].sort(),
    );

    const id = changed?.status?.accountId ?? "";
    world.platform.linked.add(id);
    await world.user.delete({ kind, namespace: world.namespace, name });
    const deaths = await untilReached(async () => {
      if (world.platform.sessionCalls.includes(`logout ${id}`)) world.platform.linked.delete(id);
      return (await read()) === undefined;
    });
    expect(deaths).toContain(`remove finalizer ${kind}`);
    await waitFor(
      async () => ownedBy(await everything(childKinds), changed).length === 0 || undefined,
      {
        timeoutMs: 30_000,
      },
    );
  });
});

const childrenOf = (account: Account | undefined): string[] => {
  const name = deploymentName(account!);
  return ["Deployment", "NetworkPolicy"].map((kind) => `${kind}/${name}`);
};

const deploymentFor = async (account: Account | undefined): Promise<Deployment | undefined> =>
  account === undefined
    ? undefined
    : ((await world.get("Deployment", deploymentName(account))) as Deployment | undefined);

describe("an operator whose process is killed", () => {
  it("after every write of a new account leaves what the next one completes", async () => {
    const kind: AccountKind = "WhatsAppAccount";
    const { test, namespace, platform } = world;
    await world.apply(sampleAccount(kind, { name: "real", namespace }));
    const program = path.resolve(import.meta.dirname, "../testing/operator-victim-main.ts");
    const options = { access: test.access, namespace, servicesUrl: platform.url };
    const read = async () => (await world.get(kind, "real")) as Account | undefined;
    const signals: string[] = [];
    while (!isTrue(await read(), "Ready")) {
      const child = spawn(process.execPath, [program, JSON.stringify(options)], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      const exited = once(child, "exit") as Promise<[number | null, string | null]>;
      const rested = waitFor(async () => (isTrue(await read(), "Ready") ? "rest" : undefined), {
        timeoutMs: 60_000,
      });
      rested.catch(() => undefined);
      const end = await Promise.race([exited, rested]);
      if (end === "rest") child.kill("SIGKILL");
      const [, signal] = await exited;
      if (end !== "rest") signals.push(signal ?? "");
      expect(signals.length).toBeLessThan(killsMax);
    }
    expect(signals.length).toBeGreaterThanOrEqual(3);
    expect(new Set(signals)).toEqual(new Set(["SIGKILL"]));
    const account = await read();
    expect(ownedBy(await everything(childKinds), account)).toEqual(childrenOf(account));
  });
});
