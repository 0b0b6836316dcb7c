import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refOf } from "../../api/objects.ts";
import { accountIn, isWatch, openFaultyCluster } from "../../testing/faulty-cluster.ts";
import { gapsOf, openFaultsWorld, type FaultsWorld } from "../../testing/faults-world.ts";
import { waitFor } from "../../testing/wait-for.ts";

let world: FaultsWorld;
beforeAll(async () => {
  world = await openFaultsWorld("requests");
});
afterAll(() => world.close());

describe("requests", () => {
  it("waits as long as an overloaded server asks", async () => {
    const faulty = await openFaultyCluster(world.test);
    let left = 2;
    faulty.proxy.fault(({ method }) =>
      method === "PATCH" && (left -= 1) >= 0
        ? { status: 429, headers: { "retry-after": "1" } }
        : undefined,
    );
    const object = accountIn(world.test.namespace, "patient");
    await faulty.cluster.apply(object, { fieldManager: "operator" });
    const patches = faulty.proxy.seen.filter(({ method }) => method === "PATCH");
    expect(patches).toHaveLength(3);
    expect(Math.min(...gapsOf(patches))).toBeGreaterThanOrEqual(990);
    expect(await faulty.cluster.count("rest_client_request_retries_total", { code: "429" })).toBe(
      2,
    );
  });

  it("gives up after a bounded number of attempts, and says so", async () => {
    const faulty = await openFaultyCluster(world.test);
    await faulty.cluster.list("WhatsAppAccount");
    faulty.proxy.fault(({ method }) => (method === "PATCH" ? { status: 503 } : undefined));
    const object = accountIn(world.test.namespace, "hopeless");
    const attempt = faulty.cluster.apply(object, { fieldManager: "operator" });
    await expect(attempt).rejects.toMatchObject({ name: "ClusterError", reason: "Unavailable" });
    expect(faulty.proxy.seen.filter(({ method }) => method === "PATCH")).toHaveLength(5);
  });

  it("keeps a few connections for many requests", async () => {
    const faulty = await openFaultyCluster(world.test, { cached: [] });
    const object = await world.applyElsewhere();
    const reads = Array.from({ length: 200 }, async () => faulty.cluster.get(refOf(object)));
    const found = await Promise.all(reads);
    for (let round = 0; round < 20; round += 1) found.push(await faulty.cluster.get(refOf(object)));
    expect(found.every((each) => each?.metadata.uid === object.metadata.uid)).toBe(true);
    expect(faulty.proxy.connections()).toBeLessThanOrEqual(10);
  });

  it("sends nothing when the same is applied again, and something when it was changed elsewhere", async () => {
    const faulty = await openFaultyCluster(world.test);
    const object = accountIn(world.test.namespace, "quiet");
    const manager = { fieldManager: "operator" };
    const applied = await faulty.cluster.apply(object, manager);
    await faulty.cluster.writeStatus(refOf(object), { replicas: 1 });
    await waitFor(() => faulty.watches().length > 0);
    const before = faulty.proxy.seen.length;
    for (let round = 0; round < 10; round += 1) {
      await faulty.cluster.apply(object, manager);
      await faulty.cluster.writeStatus(refOf(object), { replicas: 1 });
      await faulty.cluster.setFinalizer(refOf(object), "example.io/none", false);
    }
    expect(faulty.proxy.seen.slice(before)).toEqual([]);
    await world.test.client.request(
      `/apis/rarityleads.io/v1alpha1/namespaces/${world.test.namespace}/whatsappaccounts/quiet`,
      {
        method: "PATCH",
        contentType: "application/merge-patch+json",
        body: { spec: { displayName: "Changed" } },
      },
    );
    await waitFor(async () => {
      const known = await faulty.cluster.get(refOf(object));
      return (
        known?.metadata.resourceVersion !== applied.metadata.resourceVersion &&
        known?.metadata.generation === 2
      );
    });
    expect((await faulty.cluster.apply(object, manager)).spec).toMatchObject({
      displayName: "Sales",
    });
  });

  it("reads again after a conflict with a change that it has not seen yet", async () => {
    const faulty = await openFaultyCluster(world.test);
    const object = accountIn(world.test.namespace, "contended");
    await faulty.cluster.apply(object, { fieldManager: "operator" });
    faulty.proxy.fault(({ url }) => (isWatch(url) ? "cut" : undefined));
    faulty.proxy.cut();
    await world.applyElsewhere({ phone: "+4915112345678" }, "contended");
    const changed = accountIn(world.test.namespace, "contended", { paused: true });
    const result = await faulty.cluster.apply(changed, { fieldManager: "operator" });
    expect(result.spec).toMatchObject({ paused: true, phone: "+4915112345678" });
    const methods = faulty.proxy.seen
      .filter(({ url }) => url.includes("/contended"))
      .map(({ method }) => method);
    expect(methods).toEqual(["PATCH", "PATCH", "GET", "PATCH"]);
  });

  it("reads long lists page by page", async () => {
    const faulty = await openFaultyCluster(world.test, { cached: [] });
    const names = Array.from({ length: 1_100 }, (_, index) => `page-${index}`);
    const make = async (name: string): Promise<unknown> =>
      world.test.client.apply({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: world.test.namespace, labels: { test: "pages" } },
      });
    while (names.length > 0) await Promise.all(names.splice(0, 50).map(make));
    const options = { namespace: world.test.namespace, labelSelector: { test: "pages" } };
    expect(await faulty.cluster.list("ConfigMap", options)).toHaveLength(1_100);
    const pages = faulty.proxy.seen.filter(({ url }) => url.includes("/configmaps"));
    expect(pages).toHaveLength(3);
    expect(pages.every(({ url }) => url.includes("limit=500"))).toBe(true);
  });
});
