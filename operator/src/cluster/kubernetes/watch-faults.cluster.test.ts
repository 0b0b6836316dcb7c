import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refOf } from "../../api/objects.ts";
import { isWatch, openFaultyCluster, type FaultyCluster } from "../../testing/faulty-cluster.ts";
import {
  gapsOf,
  noteListsSent,
  openFaultsWorld,
  untilSeen,
  type FaultsWorld,
} from "../../testing/faults-world.ts";
import { waitFor } from "../../testing/wait-for.ts";

let world: FaultsWorld;
beforeAll(async () => {
  world = await openFaultsWorld("watches");
});
afterAll(() => world.close());

/** Of another kind than the one that is watched. */
const applyConfigMap = async (name: string) =>
  world.test.client.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: world.test.namespace },
    data: { a: "1" },
  });

describe("watches", () => {
  it("comes back after every cut where it was, without a list", async () => {
    const faulty = await openFaultyCluster(world.test);
    await untilSeen(faulty, await world.applyElsewhere());
    for (let round = 0; round < 4; round += 1) {
      faulty.proxy.cut();
      await untilSeen(faulty, await world.applyElsewhere());
    }
    expect(faulty.lists()).toHaveLength(1);
    for (const { url } of faulty.watches()) {
      const { searchParams } = new URL(url, "https://localhost");
      expect(searchParams.get("allowWatchBookmarks")).toBe("true");
      expect(Number(searchParams.get("timeoutSeconds"))).toBeGreaterThanOrEqual(300);
      expect(Number(searchParams.get("timeoutSeconds"))).toBeLessThanOrEqual(600);
      expect(BigInt(searchParams.get("resourceVersion") ?? "")).toBeGreaterThan(0n);
    }
  });

  it("lists again when its version is no longer kept, at most once a second", async () => {
    // By when they are sent, which is what is paced: the first one has to make its connection.
    const sent = noteListsSent();
    const faulty = await openFaultyCluster(world.test);
    await untilSeen(faulty, await world.applyElsewhere());
    const gone = { kind: "Status", code: 410, reason: "Expired", message: "too old" };
    faulty.proxy.fault(({ url }) => (isWatch(url) ? { status: 410, body: gone } : undefined));
    faulty.proxy.cut();
    await waitFor(() => faulty.lists().length >= 4, { timeoutMs: 60_000 });
    const whileFailing = await world.applyElsewhere();
    faulty.proxy.fault(undefined);
    await untilSeen(faulty, whileFailing);
    expect(sent.length).toBeGreaterThanOrEqual(4);
    // Without a pace of their own they would follow the watches, 800 to 960 apart.
    expect(Math.min(...gapsOf(sent))).toBeGreaterThanOrEqual(970);
  });

  it("takes the same error from inside the stream", async () => {
    const faulty = await openFaultyCluster(world.test);
    await untilSeen(faulty, await world.applyElsewhere());
    const error = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } };
    faulty.proxy.fault(({ url }) => (isWatch(url) ? { status: 200, body: error } : undefined));
    faulty.proxy.cut();
    await waitFor(() => faulty.lists().length >= 2, { timeoutMs: 60_000 });
    faulty.proxy.fault(undefined);
    await untilSeen(faulty, await world.applyElsewhere());
  });

  it("gives up a watch that has gone silent", async () => {
    const faulty = await openFaultyCluster(world.test, { idleMs: 1_000 });
    await untilSeen(faulty, await world.applyElsewhere());
    faulty.proxy.fault(({ url }) => (isWatch(url) ? "hang" : undefined));
    faulty.proxy.cut();
    const before = faulty.watches().length;
    await waitFor(() => faulty.watches().length > before + 1, { timeoutMs: 60_000 });
    faulty.proxy.fault(undefined);
    await untilSeen(faulty, await world.applyElsewhere());
  });

  it("goes on when a handler fails, and when a line is no JSON", async () => {
    const faulty = await openFaultyCluster(world.test);
    faulty.cluster.watch(["WhatsAppAccount"], () => {
      throw new Error("a careless handler");
    });
    await untilSeen(faulty, await world.applyElsewhere());
    await waitFor(() => faulty.cluster.watcherErrors.length > 0);
    const failures = async () => faulty.cluster.count("reflector_failures_total");
    // Counted by then is the cut, where it did not look like a clean end.
    let beforeTheLine: Promise<number | undefined> | undefined;
    faulty.proxy.fault(({ url }) => {
      if (!isWatch(url) || beforeTheLine !== undefined) return undefined;
      beforeTheLine = failures();
      return { status: 200, body: '{"type":"ADDED","object":{"spec":' };
    });
    faulty.proxy.cut();
    await untilSeen(faulty, await world.applyElsewhere());
    expect(await failures()).toBe(((await beforeTheLine) ?? Number.NaN) + 1);
  });

  it("goes on from the last bookmark when watches end at once, further and further apart", async () => {
    const faulty = await openFaultyCluster(world.test);
    await untilSeen(faulty, await world.applyElsewhere());
    const { metadata } = await applyConfigMap("bookmark");
    const resourceVersion = String(metadata["resourceVersion"]);
    const bookmark = { type: "BOOKMARK", object: { metadata: { resourceVersion } } };
    faulty.proxy.fault(({ url }) => (isWatch(url) ? { status: 200, body: bookmark } : undefined));
    const before = faulty.watches().length;
    faulty.proxy.cut();
    await waitFor(() => faulty.watches().length >= before + 3, { timeoutMs: 60_000 });
    faulty.proxy.fault(undefined);
    const ended = faulty.watches().slice(before, before + 3);
    const [first = 0, second = 0] = gapsOf(ended);
    expect(first).toBeGreaterThan(790);
    expect(second).toBeGreaterThan(first);
    for (const { url } of ended.slice(1))
      expect(url).toContain(`resourceVersion=${resourceVersion}`);
    await untilSeen(faulty, await world.applyElsewhere());
    expect(faulty.lists()).toHaveLength(1);
  });

  it("has the same object, whether it was listed, watched or read", async () => {
    const open = async (cached: string[]): Promise<FaultyCluster> =>
      openFaultyCluster(world.test, { cached });
    const watched = await open(["ConfigMap"]);
    await waitFor(() => watched.proxy.seen.some(({ url }) => isWatch(url)));
    const { metadata } = await applyConfigMap("same");
    const ref = { kind: "ConfigMap", namespace: metadata.namespace ?? "", name: "same" };
    await waitFor(async () => watched.cluster.get(ref));
    const found = [];
    for (const { cluster } of [watched, await open(["ConfigMap"]), await open([])])
      found.push(await cluster.get(ref));
    expect(found[0]?.metadata.creationTimestamp).toMatch(/^\d{4}-.*Z$/);
    expect(found[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } });
    expect(found[1]).toStrictEqual(found[0]);
    expect(found[2]).toStrictEqual(found[0]);
  });
});

describe("an outage", () => {
  it("answers from the cache meanwhile, and has everything afterwards without a list", async () => {
    const faulty = await openFaultyCluster(world.test);
    const known = await world.applyElsewhere();
    await untilSeen(faulty, known);
    await faulty.proxy.down(true);
    const missed = await world.applyElsewhere();
    expect((await faulty.cluster.get(refOf(known)))?.metadata.uid).toBe(known.metadata.uid);
    const write = faulty.cluster.writeStatus(refOf(known), { replicas: 1 });
    await expect(write).rejects.toMatchObject({ reason: "Unavailable" });
    await faulty.proxy.down(false);
    await untilSeen(faulty, missed);
    expect(faulty.lists()).toHaveLength(1);
  });
});
