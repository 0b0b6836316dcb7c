import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Condition, KubeObject } from "../api/objects.ts";
import { smallPlatform } from "../testing/cluster-operator.ts";
import { installChartOperator, type ChartOperator } from "../testing/chart-operator.ts";
import { openClusterWorld, type ClusterWorld } from "../testing/cluster-world.ts";
import { runtimeOf, startFakePlatform, type FakePlatform } from "../testing/fake-platform.ts";
import type { OperatorProcess } from "../testing/operator-process.ts";
import { sampleAccount } from "../testing/sample-accounts.ts";
import { waitFor } from "../testing/wait-for.ts";

/**
 * Two replicas that disagree: one is told that every account is connected, the other that none is.
 * So what stands in an account's status says who wrote it last.
 */
const { programs } = inject("rarityCluster");

let world: ClusterWorld;
let gloomy: FakePlatform;
let installed: ChartOperator;
beforeAll(async () => {
  world = await openClusterWorld("leaders");
  gloomy = await startFakePlatform();
  if (programs === undefined) return;
  installed = await installChartOperator({
    client: world.test.client,
    access: world.test.access,
    namespace: world.namespace,
    servicesUrl: world.platform.url,
    values: [`operator.watchNamespaces={${world.namespace}}`],
  });
});
afterAll(async () => {
  await installed.close();
  await gloomy.close();
  await world.close();
});

interface Replica {
  process: OperatorProcess;
  identity: string;
  /** What it says of every account. */
  says: string;
}

let bright: Replica;
let dark: Replica;

const names = ["one", "two", "three", "four", "five"];
const patience = { timeoutMs: 120_000, intervalMs: 50 };
const slowly = { ...patience, intervalMs: 250 };

const account = (name: string, spec: Record<string, unknown> = {}): KubeObject =>
  sampleAccount("XAccount", { name, namespace: world.namespace, spec });

/** Wakes every account: its spec is another one, and somebody has to say so in its status. */
let edits = 0;
const edit = async (name: string): Promise<void> => {
  edits += 1;
  await world.apply(account(name, { displayName: `Edit ${edits}` }));
};
const editAll = async (): Promise<void> => {
  for (const name of names) await edit(name);
};
const editOne = async (turn: number): Promise<void> => edit(names[turn % names.length] ?? "one");

const connectedOf = (object: KubeObject | undefined): Condition | undefined =>
  ((object?.status ?? {}) as { conditions?: Condition[] }).conditions?.find(
    ({ type }) => type === "Connected",
  );

/** Resolves when every account says what this replica says, about its newest spec. */
const untilWrittenBy = async ({ says }: Replica): Promise<void> => {
  await waitFor(async () => {
    const objects = await Promise.all(names.map(async (name) => world.get("XAccount", name)));
    const found = objects.map((object) => {
      const { reason, observedGeneration } = connectedOf(object) ?? {};
      return `${String(reason)} ${observedGeneration === object?.metadata.generation}`;
    });
    if (found.every((each) => each === `${says} true`)) return true;
    throw new Error(found.join(", "));
  }, patience);
};

const logged = ({ process }: Replica, msg: string): number =>
  process.log.filter((line) => line["msg"] === msg).length;
const losses = (replica: Replica): number => logged(replica, "this replica leads no more");
const terms = (replica: Replica): number => logged(replica, "this replica leads");

const writes = async ({ process }: Replica): Promise<number> =>
  (await process.metric("rest_client_requests_total", { method: "PATCH" })) ?? 0;

const bothWrites = async (): Promise<number> => (await writes(bright)) + (await writes(dark));

/** The count once it has stood for three seconds: a write is counted when it has been answered. */
const settled = async (count: () => Promise<number>): Promise<number> => {
  let last = await count();
  let since = performance.now();
  await waitFor(async () => {
    const now = await count();
    if (now !== last) [last, since] = [now, performance.now()];
    return performance.now() - since > 3_000;
  }, slowly);
  return last;
};

/** As somebody with the right to do so would write it by hand. */
const giveLease = async (holderIdentity: string, leaseDurationSeconds = 15): Promise<void> => {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${world.namespace}/leases/rarity-rarity-leads`;
  await world.test.client.request(path, {
    method: "PATCH",
    contentType: "application/merge-patch+json",
    body: { spec: { holderIdentity, leaseDurationSeconds } },
  });
};

const startReplica = async (name: string, platform: FakePlatform, says: string) => {
  const env = { ORCHESTRATOR_URL: platform.url, ACCOUNTS_URL: platform.url };
  const process = await installed.start(name, { env });
  await process.untilReady();
  const candidate = await waitFor(
    () => process.log.find(({ msg }) => msg === "this replica is a candidate"),
    patience,
  );
  return { process, identity: String(candidate["identity"]), says };
};

describe.skipIf(programs === undefined)("two replicas", { timeout: 600_000 }, () => {
  it("speak with one voice", async () => {
    bright = await startReplica("bright", world.platform, "Connected");
    await bright.process.untilLeading();
    dark = await startReplica("dark", gloomy, "Disconnected");
    await world.apply(smallPlatform(world.namespace));
    await editAll();
    await untilWrittenBy(bright);
    // The same accounts as the other is told of, in another state.
    for (const [id, { orgId }] of world.platform.runtimes)
      gloomy.runtimes.set(id, runtimeOf(id, orgId, { state: "disconnected", phone: null }));
    expect(await writes(dark)).toBe(0);
  });

  it("do not write when they wake up after another has taken over", async () => {
    const before = await settled(() => writes(bright));
    const lossesBefore = losses(bright);
    bright.process.signal("SIGSTOP");
    await dark.process.untilLeading();
    await editAll();
    await untilWrittenBy(dark);
    bright.process.signal("SIGCONT");
    await waitFor(() => losses(bright) > lossesBefore, patience);
    await editAll();
    await untilWrittenBy(dark);
    expect(await writes(bright)).toBe(before);
    expect(await bright.process.isLeader()).toBe(false);
  });

  it("come to one result when both believe that they lead, and it is the new leader's", async () => {
    let together = 0;
    let [old, next] = [dark, bright];
    // Whether they overlap is chance: the old one learns of it with its next renewal.
    for (let flips = 0; flips < 12 && (together === 0 || flips < 4); flips += 1) {
      const [termsBefore, lossesBefore] = [terms(next), losses(old)];
      await giveLease(next.identity);
      let turn = 0;
      await waitFor(async () => {
        // Not faster: an object that changes all the time is looked at every 30 s only.
        await editOne((turn += 1));
        const [isOld, isNext] = await Promise.all([old, next].map((one) => one.process.isLeader()));
        if (isOld === true && isNext === true) together += 1;
        return terms(next) > termsBefore && losses(old) > lossesBefore;
      }, slowly);
      await untilWrittenBy(next);
      [old, next] = [next, old];
    }
    expect(together).toBeGreaterThan(0);
    const deployments = await world.user.list("Deployment", { namespace: world.namespace });
    const own = deployments.filter(({ metadata }) => metadata.name.startsWith("x-"));
    expect(own.map(({ metadata }) => metadata.name).sort()).toEqual(
      names.map((name) => `x-${name}`).sort(),
    );
  });

  it("do nothing while somebody else holds the lease, and go on when that one is silent", async () => {
    const leader = (await bright.process.isLeader()) ? bright : dark;
    const lossesBefore = losses(leader);
    // Long enough for the writes to settle, and to see afterwards that there are no more.
    await giveLease("a-stranger", 30);
    await waitFor(() => losses(leader) > lossesBefore, patience);
    const before = await settled(bothWrites);
    await editAll();
    let idle = before;
    await waitFor(async () => {
      const written = await bothWrites();
      const leads = await Promise.all([bright, dark].map((one) => one.process.isLeader()));
      if (leads.includes(true)) return true;
      idle = written;
      return undefined;
    }, patience);
    expect(idle).toBe(before);
    await untilWrittenBy((await bright.process.isLeader()) ? bright : dark);
  });
});
