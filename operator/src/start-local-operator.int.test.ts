import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { annotations } from "./api/names.ts";
import type { WhatsAppAccount } from "./api/whatsapp-account.ts";
import type { Pod } from "./api/workloads.ts";
import type { FakePlatform } from "./testing/fake-platform.ts";
import { crdFolder } from "./testing/fixtures.ts";
import { startTestOperator, type LocalOperator } from "./testing/local-operator.ts";
import { waitFor } from "./testing/wait-for.ts";

const accountsPath = "/apis/rarityleads.io/v1alpha1/namespaces/default/whatsappaccounts";
const sample = (name: string): string =>
  readFileSync(path.join(crdFolder, "samples/valid", `${name}.yaml`), "utf8");

let platform: FakePlatform;
let operator: LocalOperator;
let token: string;
let call: LocalOperator["call"];

const readAccount = async (name: string): Promise<WhatsAppAccount> =>
  (await (await call("GET", `${accountsPath}/${name}`)).json()) as WhatsAppAccount;

const readPods = async (name: string): Promise<Pod[]> => {
  const query = `labelSelector=app.kubernetes.io/instance%3D${name}`;
  const answer = await call("GET", `/api/v1/namespaces/default/pods?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await answer.json()) as { items: Pod[] }).items;
};

const condition = (account: WhatsAppAccount, type: string) =>
  account.status?.conditions?.find((one) => one.type === type);

const waitForReason = async (name: string, type: string, reason: string) =>
  waitFor(async () => {
    const found = condition(await readAccount(name), type);
    if (found?.reason === reason) return found;
    throw new Error(JSON.stringify(found));
  });

beforeAll(async () => {
  operator = await startTestOperator();
  ({ platform, token, call } = operator);
});

afterAll(() => operator.stop());

describe("the operator on the local runtime", () => {
  it("answers its probes", async () => {
    expect((await call("GET", "/livez")).status).toBe(200);
    expect((await call("GET", "/readyz")).status).toBe(200);
  });

  it("turns an applied account into a ready process, and replaces one that was killed", async () => {
    const applied = await call("PUT", `${accountsPath}/sales`, {
      body: sample("whatsapp-minimal").replace(/^ {2}name: .*$/m, "  name: sales"),
    });
    expect(applied.status).toBe(201);
    await waitForReason("sales", "Ready", "Connected");
    const account = await readAccount("sales");
    expect(platform.ensured.get(account.status?.accountId ?? "")).toMatchObject({ name: "sales" });
    expect(account.status).toMatchObject({ replicas: 1, readyReplicas: 1, identity: "5678" });

    const [pod] = await readPods("sales");
    const killed = Number(pod?.metadata.annotations?.[annotations.processId]);
    process.kill(killed, "SIGKILL");
    const again = await waitFor(async () => {
      const [next] = await readPods("sales");
      const processId = Number(next?.metadata.annotations?.[annotations.processId]);
      return next?.status?.ready === true && processId !== killed ? next : undefined;
    });
    expect(again.status?.restartCount).toBe(1);
    await waitForReason("sales", "Ready", "Connected");
  });

  it("hibernates an idle account and wakes it for a queued message", async () => {
    const body = sample("whatsapp-hibernating")
      .replace(/^ {2}name: .*$/m, "  name: part-time")
      .replace(/hibernateAfterSeconds: .*/, "hibernateAfterSeconds: 1");
    expect((await call("PUT", `${accountsPath}/part-time`, { body })).status).toBe(201);
    const accountId = await waitFor(async () => (await readAccount("part-time")).status?.accountId);
    const { orgId } = (await readAccount("part-time")).spec;
    const due = { ready: 1, waiting: 0, oldestReadyAgeMs: 5, nextDueAt: null };
    // It counts as idle from the first look at it, which may be over before its process is there.
    platform.depths = [{ accountId, orgId, ...due }];
    await waitForReason("part-time", "Connected", "Connected");
    platform.depths = [];
    await waitForReason("part-time", "Scaling", "Hibernated");
    await waitFor(async () => (await readPods("part-time")).length === 0 || undefined);
    const asleep = await readAccount("part-time");
    expect(condition(asleep, "Ready")).toMatchObject({ status: "True", reason: "Hibernated" });

    platform.depths = [{ accountId, orgId, ...due }];
    await waitForReason("part-time", "Connected", "Connected");
    platform.depths = [];
  }, 120_000);

  it("stops nothing while its sources fail, and says so", async () => {
    platform.isFailing = true;
    const scaling = await waitForReason("sales", "Scaling", "QueueDepthUnknown");
    expect(scaling.status).toBe("Unknown");
    expect((await readPods("sales"))[0]?.status?.ready).toBe(true);
    platform.isFailing = false;
    await waitForReason("sales", "Ready", "Connected");
  });

  it("ends the process of a deleted account", async () => {
    const [pod] = await readPods("sales");
    const processId = Number(pod?.metadata.annotations?.[annotations.processId]);
    expect((await call("DELETE", `${accountsPath}/sales`)).status).toBe(200);
    await waitFor(async () => (await readPods("sales")).length === 0 || undefined);
    expect(() => process.kill(processId, 0)).toThrow(/ESRCH/);
    expect((await call("GET", `${accountsPath}/sales`)).status).toBe(404);
  });

  it("shows what it would do with DryRun and starts nothing", async () => {
    const body = sample("whatsapp-minimal")
      .replace(/^ {2}name: .*$/m, "  name: dry")
      .concat("  reconcilePolicy: DryRun\n");
    await call("PUT", `${accountsPath}/dry`, { body });
    const plan = await waitFor(async () => (await readAccount("dry")).status?.plan);
    expect(plan).toContain("create the Deployment with 1 pod(s)");
    expect(await readPods("dry")).toEqual([]);
  });
});

describe("the operator's API", () => {
  it.each([
    ["a secret", "/api/v1/namespaces/default/secrets", {}, 404],
    ["deployments without the token", "/apis/apps/v1/namespaces/default/deployments", {}, 401],
    ["accounts from a web page", accountsPath, { origin: "http://evil.example" }, 403],
    ["an unknown kind", "/apis/rarityleads.io/v1alpha1/namespaces/default/cats", {}, 404],
  ])("refuses %s", async (_what, url, headers, code) => {
    expect((await call("GET", url, { headers })).status).toBe(code);
  });

  it("refuses an account the schema refuses, naming the field", async () => {
    const invalid = path.join(crdFolder, "samples/invalid/org-not-uuid.yaml");
    const body = readFileSync(invalid, "utf8").replace(/^ {2}name: .*$/m, "  name: bad");
    const answer = await call("PUT", `${accountsPath}/bad`, { body });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      kind: "Status",
      reason: "Invalid",
      details: { causes: [{ field: "spec.orgId" }] },
    });
  });

  it("changes one field by merge patch and keeps the others", async () => {
    const answer = await call("PATCH", `${accountsPath}/dry`, {
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ spec: { paused: true } }),
    });
    expect(answer.status).toBe(200);
    const account = await readAccount("dry");
    expect(account.spec).toMatchObject({ paused: true, reconcilePolicy: "DryRun" });
    expect((await waitForReason("dry", "Paused", "PausedByUser")).status).toBe("True");
  });
});
