import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dev } from "../../dev/settings.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import type { KubeObject } from "../client/kube-client.ts";
import { meshSends } from "../testing/config.ts";
import { openMeshAccount, type MeshAccount } from "../testing/mesh-account.ts";
import { startTestSystem, type TestSystem } from "../testing/system.ts";
import { startTraffic } from "../testing/traffic.ts";

type Labelled = KubeObject & { metadata: { labels?: Record<string, string> } };
type Pod = KubeObject & {
  spec: { nodeName?: string };
  status: { conditions?: { type: string; status: string }[] };
};

const component = "app.kubernetes.io/component";
const perSecond = 5;
let system: TestSystem;
let account: MeshAccount;
/** The sandbox is on the one, whose world would end with its pod; the account on the other. */
let safe = "";
let other = "";

const pods = async (part: string): Promise<Pod[]> => {
  const all = { apiVersion: "v1", kind: "Pod", namespace: dev.namespace };
  const found = await system.cluster.client.list<Pod>(all);
  return found.filter(({ metadata }) => metadata.name.startsWith(part));
};

const isReady = ({ metadata, status }: Pod): boolean =>
  metadata["deletionTimestamp"] === undefined &&
  (status.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True");

/** A ready pod of the account on this node. */
const servesOn = (node: string): Promise<boolean> =>
  waitUntil(
    `the account to run on ${node}`,
    async () =>
      (await pods(account.deployment)).some((pod) => isReady(pod) && pod.spec.nodeName === node),
    300_000,
    100,
  );

/** Fails with what kubectl said, unless it said this. */
const kubectl = async (expected: RegExp, ...args: readonly string[]): Promise<void> => {
  expect(await system.cluster.kubectl(...args)).toMatch(expected);
};

const rolloutRestart = async (): Promise<void> => {
  const target = { apiVersion: "apps/v1", kind: "Deployment", namespace: dev.namespace };
  const names = (await system.cluster.client.list<Labelled>(target))
    .filter(({ metadata }) => metadata.labels?.[component] !== "sandbox")
    .map(({ metadata }) => `deployment/${metadata.name}`);
  expect(names.length).toBeGreaterThan(6);
  const inNamespace = ["-n", dev.namespace, "rollout"];
  await kubectl(/restarted/, ...inNamespace, "restart", ...names);
  for (const name of names)
    await kubectl(/successfully rolled out/, ...inNamespace, "status", name, "--timeout=240s");
};

beforeAll(async () => {
  // Two pods of each that a send passes through. The others may be away for a moment.
  const replicas = { edge: 2, orchestrator: 2, auth: 2, leads: 1, accounts: 1, sandbox: 1 };
  const components = Object.entries(replicas).map(([name, count]) => ({ name, replicas: count }));
  system = await startTestSystem([
    ...["--set-json", `platform.spec.components=${JSON.stringify(components)}`],
  ]);
  account = await openMeshAccount(system);
  safe = (await pods(`${dev.platform}-sandbox`))[0]?.spec.nodeName ?? "";
  other = system.cluster.nodes.find(({ name }) => name !== safe)?.name ?? "";
  await kubectl(/cordoned/, "cordon", safe);
  await account.create({ minReplicas: 1, maxReplicas: 1 });
  expect(await account.pair()).toBe(0);
  await servesOn(other);
  await kubectl(/uncordoned/, "uncordon", safe);
});
afterAll(() => system.close());

describe("disruptions under traffic, on two real nodes", () => {
  it("neither loses, doubles nor refuses a message when a node is drained and every pod restarted", async () => {
    const traffic = startTraffic({
      ...{ name: "Drain", perSecond, retry: false, send: account.send },
    });
    await waitUntil("the first sends", () => traffic.accepted.length > 10);
    const drain = ["drain", other, "--ignore-daemonsets", "--delete-emptydir-data"];
    await kubectl(/drained/, ...drain, "--timeout=180s");
    await servesOn(safe);
    await kubectl(/uncordoned/, "uncordon", other);
    await rolloutRestart();
    await traffic.finish(meshSends);
    expect(traffic.failures).toEqual([]);
    await arrived(traffic.accepted);
  }, 1_800_000);

  it("neither loses nor doubles a message when the account's node loses kubelet and containerd, then its power", async () => {
    await moveTo(other);
    const traffic = startTraffic({
      ...{ name: "Loss", perSecond: 2, retry: true, send: account.send },
    });
    const more = (count: number): Promise<boolean> => {
      const before = traffic.accepted.length;
      return waitUntil("more sends", () => traffic.accepted.length >= before + count, 300_000);
    };
    await more(10);
    const node = system.cluster.nodes.find(({ name }) => name === other);
    const lost = performance.now();
    await node?.stopAgents();
    // The containers go on: two pods of the account run, and one of them has its lease.
    await servesOn(safe);
    const replacedAfter = performance.now() - lost;
    await more(20);
    const cut = performance.now();
    await node?.kill();
    await more(20);
    const acceptedAgainAfter = performance.now() - cut;
    await traffic.finish(0);
    console.log({
      replacedAfter,
      acceptedAgainAfter,
      accepted: traffic.accepted.length,
      refused: traffic.failures.length,
    });
    expect(traffic.accepted.length).toBeGreaterThan(50);
    await arrived(traffic.accepted);
  }, 1_200_000);
});

/** Until all of it is on the phone; then nothing may be there twice. */
const arrived = async (texts: readonly string[]): Promise<void> => {
  await waitUntil(
    `${texts.length} messages on the phone`,
    async () => (await account.judge(texts)).lost.length === 0,
    120_000 + texts.length * 400,
    1_000,
  ).catch(() => undefined);
  expect(await account.judge(texts)).toEqual({ lost: [], doubled: [] });
};

/** The account's pod leaves the other node; the new one finds no place but this one. */
const moveTo = async (node: string): Promise<void> => {
  const elsewhere = system.cluster.nodes.filter(({ name }) => name !== node);
  for (const { name } of elsewhere) await kubectl(/cordoned/, "cordon", name);
  const inNamespace = ["-n", dev.namespace, "rollout"];
  await kubectl(/restarted/, ...inNamespace, "restart", `deployment/${account.deployment}`);
  const status = ["status", `deployment/${account.deployment}`, "--timeout=240s"];
  await kubectl(/successfully rolled out/, ...inNamespace, ...status);
  await servesOn(node);
  for (const { name } of elsewhere) await kubectl(/uncordoned/, "uncordon", name);
};
