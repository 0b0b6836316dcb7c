import { resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createKubeClient } from "../../../../scripts/src/cluster/client/kube-client.ts";
import { readObjects } from "../../../../scripts/src/cluster/client/read-objects.ts";
import { applyCrds } from "../../../../scripts/src/cluster/control-plane/apply-crds.ts";
import type { ControlPlane } from "../../../../scripts/src/cluster/control-plane/start-control-plane.ts";
import { openAuthority } from "../../../../scripts/src/cluster/control-plane/certificates.ts";
import { startOwnControlPlane } from "../../../../scripts/src/cluster/testing/cluster.ts";
import { readFileSync } from "node:fs";
import { refOf } from "../../api/objects.ts";
import { accountIn, openFaultyCluster } from "../../testing/faulty-cluster.ts";
import { accessOf, openKubernetesCluster } from "../../testing/kubernetes-world.ts";
import { waitFor } from "../../testing/wait-for.ts";

const crds = readObjects(resolve(import.meta.dirname, "../../../../crds"));

const authorityOf = async ({ folder }: ControlPlane) => {
  const pem = (name: string): string => readFileSync(resolve(folder, "pki", name), "utf8");
  return openAuthority({ certPem: pem("ca.crt"), keyPem: pem("ca.key") });
};

/** Throws the history away, as the API server does every five minutes. */
const compact = async ({ etcdUrl }: ControlPlane, revision: string): Promise<void> => {
  const response = await fetch(`${etcdUrl}/v3/kv/compaction`, {
    method: "POST",
    body: JSON.stringify({ revision, physical: true }),
  });
  if (!response.ok) throw new Error(`etcd did not compact: ${await response.text()}`);
};

it("has everything after a restart of the API server that forgot the history", async () => {
  const own = await startOwnControlPlane({ crds });
  const faulty = await openFaultyCluster({ access: own, authority: async () => authorityOf(own) });
  const direct = openKubernetesCluster(accessOf(own));
  onTestFinished(direct.close);
  const manager = { fieldManager: "somebody" };
  const kept = await direct.apply(accountIn("default", "kept"), manager);
  const gone = await direct.apply(accountIn("default", "gone"), manager);
  await waitFor(async () => faulty.cluster.get(refOf(gone)));
  await faulty.proxy.down(true);
  await direct.delete(refOf(gone));
  const changed = accountIn("default", "kept", { displayName: "Changed" });
  const { resourceVersion = "" } = (await direct.apply(changed, manager)).metadata;
  await compact(own, resourceVersion);
  await own.restartApiServer();
  await faulty.proxy.down(false);

  await waitFor(async () => (await faulty.cluster.get(refOf(gone))) === undefined, {
    timeoutMs: 90_000,
  });
  expect((await faulty.cluster.get(refOf(kept)))?.spec).toMatchObject({ displayName: "Changed" });
  expect(await faulty.cluster.count("reflector_failures_total", { reason: "Expired" })).toBe(1);
  expect(faulty.lists()).toHaveLength(2);
  const later = await direct.apply(accountIn("default", "later"), manager);
  await waitFor(async () => faulty.cluster.get(refOf(later)), { timeoutMs: 60_000 });
});

it("says which definition is missing, and begins when it is installed", async () => {
  const own = await startOwnControlPlane();
  const cluster = openKubernetesCluster(accessOf(own), { cached: ["WhatsAppAccount"] });
  onTestFinished(cluster.close);
  const attempt = cluster.list("WhatsAppAccount");
  await expect(attempt).rejects.toMatchObject({ reason: "NotServed" });
  await expect(attempt).rejects.toThrow(/no kind WhatsAppAccount: install its definition/);
  expect([...(await cluster.serves(["WhatsAppAccount", "Deployment"]))]).toEqual(["Deployment"]);
  const client = createKubeClient(own);
  await applyCrds(client, crds).finally(client.close);
  await waitFor(() => cluster.pending().size === 0, { timeoutMs: 90_000 });
  expect(await cluster.list("WhatsAppAccount")).toEqual([]);
});
