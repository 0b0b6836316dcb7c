import { randomInt } from "node:crypto";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dev } from "../../dev/settings.ts";
import { projectRoot } from "../../images/project.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import type { KubeObject } from "../client/kube-client.ts";
import { startTestSystem, type TestSystem } from "../testing/system.ts";

type Message = { id: string; history: { status: string }[] };
type Row = { device: number; textHash: string | null; displayed: number };
type Deployment = KubeObject & { spec: { replicas: number } };

const timeoutMs = 120_000;
const run = String(randomInt(10_000, 99_999));
const account = { name: `sales-${run}`, phone: `155501${run}` };
const lead = `155502${run}`;
let system: TestSystem;
let accountId = "";

beforeAll(async () => {
  system = await startTestSystem(["--set", "externalMetrics.enabled=true"]);
  await system.sandbox("POST", "/api/phones", { phone: account.phone, name: "Sales" });
  await system.sandbox("POST", "/api/phones", { phone: lead, name: "Lead" });
  await system.sandbox("PATCH", `/api/phones/${lead}`, { autoRead: true });
});
afterAll(() => system.close());

const send = (text: string): Promise<Message> =>
  system.api("POST", "/api/messages/send", {
    headers: { "idempotency-key": crypto.randomUUID() },
    body: {
      to: { identity: { channel: "whatsapp", kind: "phone", value: `+${lead}` } },
      accountId,
      content: { type: "text", text },
    },
  });

const reach = (id: string, status: string): Promise<boolean> =>
  waitUntil(
    `message ${id} to be ${status}`,
    async () => {
      const { history } = await system.api<Message>("GET", `/api/messages/${id}`);
      return history.some((entry) => entry.status === status);
    },
    timeoutMs,
    50,
  );

const replicas = async (): Promise<number | undefined> => {
  const metadata = { name: `whatsapp-${account.name}`, namespace: dev.namespace };
  const ref = { apiVersion: "apps/v1", kind: "Deployment", metadata };
  return (await system.cluster.client.get<Deployment>(ref))?.spec.replicas;
};

/** Runs `kubectl rarity pair` as a person does, and scans what it shows. */
const pair = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const { cluster, session, url } = system;
    const access = ["--kubeconfig", cluster.kubeconfigPath, "-n", dev.namespace, "--api-url", url];
    const program = join(projectRoot, "operator/bin/kubectl-rarity");
    const child = spawn(program, ["pair", account.name, "--plain", ...access], {
      env: { ...process.env, RARITY_TOKEN: session.accessToken },
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
    createInterface({ input: child.stdout }).on("line", (qr) => {
      if (!qr.startsWith("https://")) return;
      system.sandbox("POST", `/api/phones/${account.phone}/scan`, { qr }).catch(reject);
    });
  });

describe("the chart on real nodes", () => {
  it("turns an applied account into a pod, whose QR a phone scans", async () => {
    await system.apply({
      apiVersion: "rarityleads.io/v1alpha1",
      kind: "WhatsAppAccount",
      metadata: { name: account.name },
      spec: {
        ...{ orgId: system.session.orgId, displayName: "Sales", minReplicas: 0 },
        ...{ maxReplicas: 3, targetQueueDepth: 100, hibernateAfterSeconds: 5 },
        pacing: { minGapMs: 0, maxGapMs: 0, typing: "Off" },
        limits: { perMinute: 6_000, perHour: 100_000, perDay: 500_000, warmUp: { enabled: false } },
      },
    });
    const metadata = { name: account.name, namespace: dev.namespace };
    const ref = { apiVersion: "rarityleads.io/v1alpha1", kind: "WhatsAppAccount", metadata };
    type Account = KubeObject & { status?: { accountId?: string } };
    accountId = await waitUntil(
      "the account's id",
      async () => (await system.cluster.client.get<Account>(ref))?.status?.accountId,
      timeoutMs,
    );
    expect(await pair()).toBe(0);
  });

  it("delivers a message through the Ingress, and shows the reply on the WebSocket", async () => {
    await reach((await send("Hello from a pod")).id, "read");
    const text = "Yes, tell me more";
    await system.sandbox("POST", `/api/phones/${lead}/send`, { to: account.phone, text });
    await system.events.find("the reply", ({ type, data }) =>
      type === "message_received" ? JSON.stringify(data).includes(text) : false,
    );
  });

  it("wakes a hibernated account by a message", async () => {
    await waitUntil("hibernation", async () => (await replicas()) === 0, timeoutMs);
    await reach((await send("Wake up")).id, "delivered");
  });

  it.each(["Direct", "Builtin"])(
    "scales with 2,000 messages and back, mode %s",
    async (mode) => {
      const patch = JSON.stringify({ spec: { scaling: { mode } } });
      const target = ["-n", dev.namespace, "patch", "platform", dev.platform];
      await system.cluster.kubectl(...target, "--type=merge", "-p", patch);
      const scaled = waitUntil("more pods", async () => ((await replicas()) ?? 0) > 1, timeoutMs);
      const texts = Array.from({ length: 2_000 }, (_, index) => `${mode} ${index}`);
      const accepted: string[] = [];
      const worker = async (): Promise<void> => {
        for (let text = texts.pop(); text !== undefined; text = texts.pop())
          accepted.push((await send(text)).id);
      };
      await Promise.all([scaled, ...Array.from({ length: 16 }, worker)]);
      expect(new Set(accepted).size).toBe(2_000);
      await waitUntil("hibernation again", async () => (await replicas()) === 0, 400_000);
      const ledger = await system.sandbox<{ data: Row[] }>("GET", `/api/ledger?phone=${lead}`);
      const arrived = ledger.data.filter(({ device }) => device === 0);
      expect(arrived.filter(({ displayed }) => displayed !== 1)).toEqual([]);
      expect(new Set(arrived.map(({ textHash }) => textHash)).size).toBe(arrived.length);
    },
    600_000,
  );
});
