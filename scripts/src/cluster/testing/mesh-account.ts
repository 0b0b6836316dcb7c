import { createHash, randomInt } from "node:crypto";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { dev } from "../../dev/settings.ts";
import { projectRoot } from "../../images/project.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import type { KubeObject } from "../client/kube-client.ts";
import type { TestSystem } from "./system.ts";

type Message = { id: string; history: { status: string }[] };
type Row = { device: number; textHash: string | null; displayed: number };
type ManagedFields = {
  manager: string;
  fieldsV1?: { "f:spec"?: Record<string, unknown> };
};
type Deployment = KubeObject & {
  metadata: { managedFields?: ManagedFields[] };
  spec: { replicas: number };
};
/** How many pods are wanted, and whose number that is. */
type Scale = { replicas: number; chosenBy: string | undefined };
type Account = KubeObject & { status?: { accountId?: string } };

const group = "rarityleads.io/v1alpha1";
const timeoutMs = 120_000;

/** A WhatsApp account of the cluster with its phone, and a person whom it writes to. */
export type MeshAccount = {
  /** Of its Deployment. */
  deployment: string;
  phone: string;
  lead: string;
  /** Applies the account and waits for its id. */
  create: (spec: Record<string, unknown>) => Promise<void>;
  /** Runs `kubectl rarity pair` as a person does, and scans what it shows; answers its exit code. */
  pair: () => Promise<number>;
  /** One request through the Ingress; the same key never makes a second message. */
  send: (text: string, key?: string) => Promise<string>;
  reach: (messageId: string, status: string) => Promise<unknown>;
  scale: () => Promise<Scale>;
  /** How the person's phone saw these texts: each has to be there once. */
  judge: (texts: readonly string[]) => Promise<{ lost: string[]; doubled: string[] }>;
};

/** Makes the phones; the account itself comes with `create`. */
export const openMeshAccount = async (system: TestSystem): Promise<MeshAccount> => {
  const run = String(randomInt(10_000, 99_999));
  const name = `sales-${run}`;
  const [phone, lead] = [`155501${run}`, `155502${run}`];
  await system.sandbox("POST", "/api/phones", { phone, name: "Sales" });
  await system.sandbox("POST", "/api/phones", { phone: lead, name: "Lead" });
  await system.sandbox("PATCH", `/api/phones/${lead}`, { autoRead: true });
  const deployment = `whatsapp-${name}`;
  let accountId = "";
  return {
    ...{ deployment, phone, lead },
    create: async (spec) => {
      accountId = await create(system, name, spec);
    },
    pair: () => pair(system, name, phone),
    send: async (text, key = crypto.randomUUID()) => {
      const to = { identity: { channel: "whatsapp", kind: "phone", value: `+${lead}` } };
      const { id } = await system.api<Message>("POST", "/api/messages/send", {
        headers: { "idempotency-key": key },
        body: { to, accountId, content: { type: "text", text } },
      });
      return id;
    },
    reach: (id, status) =>
      waitUntil(
        `message ${id} to be ${status}`,
        async () => {
          const { history } = await system.api<Message>("GET", `/api/messages/${id}`);
          return history.some((entry) => entry.status === status);
        },
        timeoutMs,
        50,
      ),
    scale: () => readScale(system, deployment),
    judge: async (texts) => judge(texts, await shown(system, lead)),
  };
};

const readScale = async ({ cluster }: TestSystem, name: string): Promise<Scale> => {
  const metadata = { name, namespace: dev.namespace };
  const ref = { apiVersion: "apps/v1", kind: "Deployment", metadata };
  const found = await cluster.client.get<Deployment>(ref);
  const chooser = (found?.metadata.managedFields ?? []).find(
    ({ fieldsV1 }) => fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined,
  );
  return { replicas: found?.spec.replicas ?? 0, chosenBy: chooser?.manager };
};

const create = async (
  { apply, session, cluster }: TestSystem,
  name: string,
  spec: Record<string, unknown>,
): Promise<string> => {
  const ref = {
    ...{ apiVersion: group, kind: "WhatsAppAccount" },
    metadata: { name, namespace: dev.namespace },
  };
  await apply({
    ...ref,
    spec: {
      ...{ orgId: session.orgId, displayName: "Sales" },
      pacing: { minGapMs: 0, maxGapMs: 0, typing: "Off" },
      limits: { perMinute: 6_000, perHour: 100_000, perDay: 500_000, warmUp: { enabled: false } },
      ...spec,
    },
  });
  return waitUntil(
    "the account's id",
    async () => (await cluster.client.get<Account>(ref))?.status?.accountId,
    timeoutMs,
  );
};

const pair = (
  { cluster, session, url, sandbox }: TestSystem,
  name: string,
  phone: string,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const access = ["--kubeconfig", cluster.kubeconfigPath, "-n", dev.namespace, "--api-url", url];
    const program = join(projectRoot, "operator/bin/kubectl-rarity");
    const child = spawn(program, ["pair", name, "--plain", ...access], {
      env: { ...process.env, RARITY_TOKEN: session.accessToken },
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
    createInterface({ input: child.stdout }).on("line", (qr) => {
      if (!qr.startsWith("https://")) return;
      sandbox("POST", `/api/phones/${phone}/scan`, { qr }).catch(reject);
    });
  });

/** Every row of the person's own phone; a message that came twice has two rows, or was shown twice. */
const shown = async ({ sandbox }: TestSystem, phone: string): Promise<Row[]> => {
  const ledger = await sandbox<{ data: Row[] }>("GET", `/api/ledger?phone=${phone}`);
  return ledger.data.filter(({ device }) => device === 0);
};

const judge = (
  texts: readonly string[],
  rows: readonly Row[],
): { lost: string[]; doubled: string[] } => {
  const times = new Map<string, number>();
  for (const { textHash, displayed } of rows)
    if (textHash !== null) times.set(textHash, (times.get(textHash) ?? 0) + displayed);
  const timesOf = (text: string): number =>
    times.get(createHash("sha256").update(text).digest("hex")) ?? 0;
  return {
    lost: texts.filter((text) => timesOf(text) === 0),
    doubled: texts.filter((text) => timesOf(text) > 1),
  };
};
