import { randomUUID } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createAuthority } from "../../../../scripts/src/cluster/control-plane/certificates.ts";
import { refOf } from "../../api/objects.ts";
import { startApiProxy } from "../../testing/api-proxy.ts";
import { openFaultsWorld, type FaultsWorld } from "../../testing/faults-world.ts";
import { openKubernetesCluster } from "../../testing/kubernetes-world.ts";
import { waitFor } from "../../testing/wait-for.ts";
import { isClusterError } from "../errors.ts";

let world: FaultsWorld;
beforeAll(async () => {
  world = await openFaultsWorld("credentials");
});
afterAll(() => world.close());

describe("rotation", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rarity-access-"));
  const file = (name: string): string => path.join(folder, name);

  const createToken = async (
    name: string,
  ): Promise<{ token: string; revoke: () => Promise<void> }> => {
    const metadata = { name, namespace: world.test.namespace };
    const secret = { apiVersion: "v1", kind: "Secret", metadata };
    const { metadata: made } = await world.test.client.apply(secret);
    const boundObjectRef = {
      apiVersion: "v1",
      kind: "Secret",
      name,
      uid: Reflect.get(made, "uid") as string,
    };
    const answer = await world.test.client.request<{ status: { token: string } }>(
      `/api/v1/namespaces/${world.test.namespace}/serviceaccounts/operator/token`,
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
        await world.test.client.delete(secret);
      },
    };
  };

  it("takes a new token from its file when the old one is refused", async () => {
    const metadata = { name: "operator", namespace: world.test.namespace };
    await world.test.client.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    await world.test.client.apply({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    });
    const first = await createToken("token-1");
    writeFileSync(file("token"), first.token);
    const cluster = openKubernetesCluster({
      server: world.test.access.url,
      ca: { text: world.test.access.caPem },
      token: { file: file("token") },
    });
    onTestFinished(cluster.close);
    const options = { namespace: world.test.namespace };
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
      const authority = await createAuthority(`authority-${randomUUID()}`);
      return {
        authority,
        pair: await authority.sign({ commonName: "proxy", hosts: ["127.0.0.1"] }),
      };
    };
    const [first, second] = await Promise.all([sign(), sign()]);
    writeFileSync(file("ca.crt"), first.authority.certPem);
    const proxy = await startApiProxy(world.test.access, first.pair);
    const cluster = openKubernetesCluster(
      { server: proxy.url, ca: { file: file("ca.crt") } },
      { cached: ["WhatsAppAccount"] },
    );
    onTestFinished(async () => {
      await cluster.close();
      await proxy.close();
    });
    const before = await world.applyElsewhere();
    await waitFor(async () => cluster.get(refOf(before)));
    proxy.present(second.pair);
    proxy.cut();
    const uncached = { kind: "Secret", namespace: world.test.namespace, name: "nobody" };
    await expect(cluster.get(uncached)).rejects.toMatchObject({ reason: "Unavailable" });
    writeFileSync(file("ca.crt"), second.authority.certPem);
    expect(await cluster.get(uncached)).toBeUndefined();
    const after = await world.applyElsewhere();
    await waitFor(async () => cluster.get(refOf(after)), { timeoutMs: 60_000 });
  });
});

describe("rights", () => {
  it("says what it may not do, and begins when it is granted", async () => {
    const authority = await world.test.authority();
    const pair = await authority.sign({ commonName: "nearly-nobody" });
    const cluster = openKubernetesCluster(
      {
        server: world.test.access.url,
        ...{
          ca: { text: world.test.access.caPem },
          cert: { text: pair.certPem },
          key: { text: pair.keyPem },
        },
      },
      { cached: ["WhatsAppAccount"], namespaces: [world.test.namespace] },
    );
    onTestFinished(cluster.close);
    const list = cluster.list("WhatsAppAccount");
    await expect(list).rejects.toMatchObject({ reason: "Forbidden" });
    await expect(list).rejects.toThrow(/cannot list resource "whatsappaccounts"/);
    expect(cluster.pending().get("WhatsAppAccount")?.reason).toBe("Forbidden");
    const metadata = { name: "nearly-nobody", namespace: world.test.namespace };
    await world.test.client.apply({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [{ apiGroups: ["rarityleads.io"], resources: ["*"], verbs: ["list", "watch"] }],
    });
    await world.test.client.apply({
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
