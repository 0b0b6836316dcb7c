import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createAuthority } from "../../../../scripts/src/cluster/control-plane/certificates.ts";
import type { KubeObject as ServerObject } from "../../../../scripts/src/cluster/client/kube-client.ts";
import {
  openTestCluster,
  type TestCluster,
} from "../../../../scripts/src/cluster/testing/cluster.ts";
import { refOf, type KubeObject } from "../../api/objects.ts";
import { isClusterError } from "../errors.ts";
import { startApiProxy } from "../../testing/api-proxy.ts";
import {
  accountIn,
  isWatch,
  openFaultyCluster,
  type FaultyCluster,
} from "../../testing/faulty-cluster.ts";
import { openKubernetesCluster } from "../../testing/kubernetes-world.ts";
import { waitFor } from "../../testing/wait-for.ts";

let test: TestCluster;
beforeAll(async () => {
  test = await openTestCluster("faults");
});
afterAll(() => test.close());

let count = 0;
/** Applied behind the adapter's back. */
const applyElsewhere = async (
  spec: Record<string, unknown> = {},
  name = `account-${(count += 1)}`,
): Promise<KubeObject> => {
  const object = accountIn(test.namespace, name, spec);
  // The two clients describe the same JSON with types of their own.
  return (await test.client.apply(
    object as unknown as ServerObject,
    "else",
  )) as unknown as KubeObject;
};

const untilSeen = async ({ cluster }: FaultyCluster, object: KubeObject): Promise<unknown> =>
  waitFor(
    async () => {
      const known = await cluster.get(refOf(object));
      return known?.metadata.resourceVersion === object.metadata.resourceVersion || undefined;
    },
    { timeoutMs: 60_000 },
  );

const gapsOf = (times: readonly { atMs: number }[]): number[] =>
  times.slice(1).map(({ atMs }, index) => atMs - (times[index]?.atMs ?? 0));

describe("watches", () => {
  it("comes back after every cut where it was, without a list", async () => {
    const faulty = await openFaultyCluster(test);
    await untilSeen(faulty, await applyElsewhere());
    for (let round = 0; round < 4; round += 1) {
      faulty.proxy.cut();
      await untilSeen(faulty, await applyElsewhere());
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
    const faulty = await openFaultyCluster(test);
    await untilSeen(faulty, await applyElsewhere());
    const gone = { kind: "Status", code: 410, reason: "Expired", message: "too old" };
    faulty.proxy.fault(({ url }) => (isWatch(url) ? { status: 410, body: gone } : undefined));
    faulty.proxy.cut();
    await waitFor(() => faulty.lists().length >= 4, { timeoutMs: 60_000 });
    const whileFailing = await applyElsewhere();
    faulty.proxy.fault(undefined);
    await untilSeen(faulty, whileFailing);
    expect(Math.min(...gapsOf(faulty.lists()))).toBeGreaterThanOrEqual(990);
  });

  it("takes the same error from inside the stream", async () => {
    const faulty = await openFaultyCluster(test);
    await untilSeen(faulty, await applyElsewhere());
    const error = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } };
    faulty.proxy.fault(({ url }) => (isWatch(url) ? { status: 200, body: error } : undefined));
    faulty.proxy.cut();
    await waitFor(() => faulty.lists().length >= 2, { timeoutMs: 60_000 });
    faulty.proxy.fault(undefined);
    await untilSeen(faulty, await applyElsewhere());
  });

  it("gives up a watch that has gone silent", async () => {
    const faulty = await openFaultyCluster(test, { idleMs: 1_000 });
    await untilSeen(faulty, await applyElsewhere());
    faulty.proxy.fault(({ url }) => (isWatch(url) ? "hang" : undefined));
    faulty.proxy.cut();
    const before = faulty.watches().length;
    await waitFor(() => faulty.watches().length > before + 1, { timeoutMs: 60_000 });
    faulty.proxy.fault(undefined);
    await untilSeen(faulty, await applyElsewhere());
  });

  it("goes on when a handler fails, and when a line is no JSON", async () => {
    const faulty = await openFaultyCluster(test);
    faulty.cluster.watch(["WhatsAppAccount"], () => {
      throw new Error("a careless handler");
    });
    await untilSeen(faulty, await applyElsewhere());
    await waitFor(() => faulty.cluster.watcherErrors.length > 0);
    let isSpoiled = false;
    faulty.proxy.fault(({ url }) => {
      if (!isWatch(url) || isSpoiled) return undefined;
      isSpoiled = true;
      return { status: 200, body: "no event" };
    });
    faulty.proxy.cut();
    await untilSeen(faulty, await applyElsewhere());
    expect(isSpoiled).toBe(true);
  });
});

describe("requests", () => {
  it("waits as long as an overloaded server asks", async () => {
    const faulty = await openFaultyCluster(test);
    let left = 2;
    faulty.proxy.fault(({ method }) =>
      method === "PATCH" && (left -= 1) >= 0
        ? { status: 429, headers: { "retry-after": "1" } }
        : undefined,
    );
    const object = accountIn(test.namespace, "patient");
    await faulty.cluster.apply(object, { fieldManager: "operator" });
    const patches = faulty.proxy.seen.filter(({ method }) => method === "PATCH");
    expect(patches).toHaveLength(3);
    expect(Math.min(...gapsOf(patches))).toBeGreaterThanOrEqual(990);
    expect(await faulty.cluster.count("rest_client_request_retries_total", { code: "429" })).toBe(
      2,
    );
  });

  it("gives up after a bounded number of attempts, and says so", async () => {
    const faulty = await openFaultyCluster(test);
    await faulty.cluster.list("WhatsAppAccount");
    faulty.proxy.fault(({ method }) => (method === "PATCH" ? { status: 503 } : undefined));
    const object = accountIn(test.namespace, "hopeless");
    const attempt = faulty.cluster.apply(object, { fieldManager: "operator" });
    await expect(attempt).rejects.toMatchObject({ name: "ClusterError", reason: "Unavailable" });
    expect(faulty.proxy.seen.filter(({ method }) => method === "PATCH")).toHaveLength(5);
  });

  it("keeps a few connections for many requests", async () => {
    const faulty = await openFaultyCluster(test, { cached: [] });
    const object = await applyElsewhere();
    const reads = Array.from({ length: 200 }, async () => faulty.cluster.get(refOf(object)));
    const found = await Promise.all(reads);
    expect(found.every((each) => each?.metadata.uid === object.metadata.uid)).toBe(true);
    expect(faulty.proxy.connections()).toBeLessThanOrEqual(10);
  });

  it("sends nothing when the same is applied again, and something when it was changed elsewhere", async () => {
    const faulty = await openFaultyCluster(test);
    const object = accountIn(test.namespace, "quiet");
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
    await test.client.request(
      `/apis/rarityleads.io/v1alpha1/namespaces/${test.namespace}/whatsappaccounts/quiet`,
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
    const faulty = await openFaultyCluster(test);
    const object = accountIn(test.namespace, "contended");
    await faulty.cluster.apply(object, { fieldManager: "operator" });
    faulty.proxy.fault(({ url }) => (isWatch(url) ? "cut" : undefined));
    faulty.proxy.cut();
    await applyElsewhere({ phone: "+4915112345678" }, "contended");
    const changed = accountIn(test.namespace, "contended", { paused: true });
    const result = await faulty.cluster.apply(changed, { fieldManager: "operator" });
    expect(result.spec).toMatchObject({ paused: true, phone: "+4915112345678" });
    const methods = faulty.proxy.seen
      .filter(({ url }) => url.includes("/contended"))
      .map(({ method }) => method);
    expect(methods).toEqual(["PATCH", "PATCH", "GET", "PATCH"]);
  });

  it("reads long lists page by page", async () => {
    const faulty = await openFaultyCluster(test, { cached: [] });
    const names = Array.from({ length: 1_100 }, (_, index) => `page-${index}`);
    const make = async (name: string): Promise<unknown> =>
      test.client.apply({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: test.namespace, labels: { test: "pages" } },
      });
    while (names.length > 0) await Promise.all(names.splice(0, 50).map(make));
    const options = { namespace: test.namespace, labelSelector: { test: "pages" } };
    expect(await faulty.cluster.list("ConfigMap", options)).toHaveLength(1_100);
    const pages = faulty.proxy.seen.filter(({ url }) => url.includes("/configmaps"));
    expect(pages).toHaveLength(3);
    expect(pages.every(({ url }) => url.includes("limit=500"))).toBe(true);
  });
});

describe("an outage", () => {
  it("answers from the cache meanwhile, and has everything afterwards without a list", async () => {
    const faulty = await openFaultyCluster(test);
    const known = await applyElsewhere();
    await untilSeen(faulty, known);
    await faulty.proxy.down(true);
    const missed = await applyElsewhere();
    expect((await faulty.cluster.get(refOf(known)))?.metadata.uid).toBe(known.metadata.uid);
    const write = faulty.cluster.writeStatus(refOf(known), { replicas: 1 });
    await expect(write).rejects.toMatchObject({ reason: "Unavailable" });
    await faulty.proxy.down(false);
    await untilSeen(faulty, missed);
    expect(faulty.lists()).toHaveLength(1);
  });
});

describe("rotation", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rarity-access-"));
  const file = (name: string): string => path.join(folder, name);

  const createToken = async (
    name: string,
  ): Promise<{ token: string; revoke: () => Promise<void> }> => {
    const metadata = { name, namespace: test.namespace };
    const secret = { apiVersion: "v1", kind: "Secret", metadata };
    const { metadata: made } = await test.client.apply(secret);
    const boundObjectRef = {
      apiVersion: "v1",
      kind: "Secret",
      name,
      uid: Reflect.get(made, "uid") as string,
    };
    const answer = await test.client.request<{ status: { token: string } }>(
      `/api/v1/namespaces/${test.namespace}/serviceaccounts/operator/token`,
      {
        method: "POST",
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: { boundObjectRef, audiences: [] },
        },
      },
    );
    return {
      token: answer.status.token,
      revoke: async () => {
        await test.client.delete(secret);
      },
    };
  };

  it("takes a new token from its file when the old one is refused", async () => {
    const metadata = { name: "operator", namespace: test.namespace };
    await test.client.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    await test.client.apply({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    });
    const first = await createToken("token-1");
    writeFileSync(file("token"), first.token);
    const cluster = openKubernetesCluster({
      server: test.access.url,
      ca: { text: test.access.caPem },
      token: { file: file("token") },
    });
    onTestFinished(cluster.close);
    const options = { namespace: test.namespace };
    await waitFor(async () => (await cluster.list("Secret", options)).length > 0);
    const second = await createToken("token-2");
    await first.revoke();
    // The server goes on for some seconds with a token that it has checked.
    const isRefused = async (): Promise<true | undefined> =>
      cluster.list("Secret", options).then(
        () => undefined,
        (error: unknown) => isClusterError(error, "Unauthorized") || undefined,
      );
    await waitFor(isRefused, { timeoutMs: 60_000, intervalMs: 200 });
    writeFileSync(file("token"), second.token);
    expect(await cluster.list("Secret", options)).not.toEqual([]);
  });

  it("takes a new authority from its file, and its watches come back", async () => {
    const sign = async () => {
      const authority = await createAuthority(`authority-${(count += 1)}`);
      return {
        authority,
        pair: await authority.sign({ commonName: "proxy", hosts: ["127.0.0.1"] }),
      };
    };
    const [first, second] = await Promise.all([sign(), sign()]);
    writeFileSync(file("ca.crt"), first.authority.certPem);
    const proxy = await startApiProxy(test.access, first.pair);
    const cluster = openKubernetesCluster(
      { server: proxy.url, ca: { file: file("ca.crt") } },
      { cached: ["WhatsAppAccount"] },
    );
    onTestFinished(async () => {
      await cluster.close();
      await proxy.close();
    });
    const before = await applyElsewhere();
    await waitFor(async () => cluster.get(refOf(before)));
    proxy.present(second.pair);
    proxy.cut();
    const uncached = { kind: "Secret", namespace: test.namespace, name: "nobody" };
    await expect(cluster.get(uncached)).rejects.toMatchObject({ reason: "Unavailable" });
    writeFileSync(file("ca.crt"), second.authority.certPem);
    expect(await cluster.get(uncached)).toBeUndefined();
    const after = await applyElsewhere();
    await waitFor(async () => cluster.get(refOf(after)), { timeoutMs: 60_000 });
  });
});

describe("rights", () => {
  it("says what it may not do, and begins when it is granted", async () => {
    const authority = await test.authority();
    const pair = await authority.sign({ commonName: "nearly-nobody" });
    const cluster = openKubernetesCluster(
      {
        server: test.access.url,
        ...{
          ca: { text: test.access.caPem },
          cert: { text: pair.certPem },
          key: { text: pair.keyPem },
        },
      },
      { cached: ["WhatsAppAccount"], namespaces: [test.namespace] },
    );
    onTestFinished(cluster.close);
    const list = cluster.list("WhatsAppAccount");
    await expect(list).rejects.toMatchObject({ reason: "Forbidden" });
    await expect(list).rejects.toThrow(/cannot list resource "whatsappaccounts"/);
    expect(cluster.pending().get("WhatsAppAccount")?.reason).toBe("Forbidden");
    const metadata = { name: "nearly-nobody", namespace: test.namespace };
    await test.client.apply({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [{ apiGroups: ["rarityleads.io"], resources: ["*"], verbs: ["list", "watch"] }],
    });
    await test.client.apply({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "nearly-nobody" },
      subjects: [{ kind: "User", name: "nearly-nobody" }],
    });
    await waitFor(() => cluster.pending().size === 0, { timeoutMs: 60_000 });
    expect(await cluster.list("WhatsAppAccount")).not.toEqual([]);
  });
});
