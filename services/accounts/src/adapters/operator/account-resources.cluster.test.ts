import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountsServiceGrant } from "../../../../../operator/src/api/rbac.ts";
import {
  openTestCluster,
  type TestCluster,
} from "../../../../../scripts/src/cluster/testing/cluster.ts";

const group = "rarityleads.io/v1alpha1";
const name = "rarity-accounts";
const program = path.resolve(import.meta.dirname, "../../testing/account-resources-main.ts");
const spec = { orgId: "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11", displayName: "Sales" };

let cluster: TestCluster;
let folder: string;

/** One call in a process of its own: its certificate authorities are read when it starts. */
const run = async (...call: unknown[]): Promise<unknown> => {
  const options = {
    operatorUrl: cluster.access.url,
    namespace: cluster.namespace,
    tokenFile: path.join(folder, "token"),
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, JSON.stringify(options), JSON.stringify(call)],
    { env: { NODE_EXTRA_CA_CERTS: path.join(folder, "ca.crt") } },
  );
  return JSON.parse(stdout);
};

const read = async (account: string) =>
  cluster.client.get({
    apiVersion: group,
    kind: "WhatsAppAccount",
    metadata: { name: account, namespace: cluster.namespace },
  });

beforeAll(async () => {
  cluster = await openTestCluster("accounts-api");
  folder = mkdtempSync(path.join(tmpdir(), "rarity-accounts-"));
  const { client, namespace } = cluster;
  const metadata = { name, namespace };
  await client.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
  await client.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata,
    rules: [accountsServiceGrant],
  });
  await client.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  const { status } = await client.request<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      method: "POST",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
    },
  );
  writeFileSync(path.join(folder, "token"), `${status.token}\n`);
  writeFileSync(path.join(folder, "ca.crt"), cluster.access.caPem);
});
afterAll(() => cluster.close());

describe("account resources with the token of a ServiceAccount", () => {
  it("are made, listed, changed and removed within its namespace", async () => {
    expect(await run("create", "sales", spec)).toEqual({ ok: null });
    expect(await read("sales")).toMatchObject({ spec: { displayName: "Sales", paused: false } });
    // Listed once the operator has named its account.
    const status = { accountId: "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e12", desiredReplicas: 1 };
    const base = `/apis/${group}/namespaces/${cluster.namespace}/whatsappaccounts`;
    await cluster.client.request(`${base}/sales/status`, {
      method: "PATCH",
      contentType: "application/merge-patch+json",
      body: { status },
    });
    const { ok: listed } = (await run("list")) as { ok: object[] };
    expect(listed).toEqual([expect.objectContaining({ name: "sales", ...status })]);
    expect(await run("patchSpec", listed[0], { paused: true })).toEqual({ ok: null });
    expect(await read("sales")).toMatchObject({ spec: { paused: true } });
    expect(await run("remove", listed[0])).toEqual({ ok: null });
    expect(await read("sales")).toBeUndefined();
  });

  it("are refused with the reason when the cluster refuses them", async () => {
    const answer = await run("create", "bad", { ...spec, orgId: "no" });
    expect(answer).toMatchObject({ error: { code: "VALIDATION_FAILED" } });
    expect(JSON.stringify(answer)).toContain("spec.orgId");
  });

  it("are out of reach in other namespaces", async () => {
    const target = { name: "sales", namespace: "default" };
    expect(await run("remove", target)).toMatchObject({ error: { code: "UNAVAILABLE" } });
  });
});
