import { stringify } from "yaml";
import { waitUntil } from "../../lib/wait-until.ts";
import type { Demo } from "../context.ts";

type Condition = { type: string; status: string; reason: string; message?: string };
export type AccountResource = {
  status?: { accountId?: string; replicas?: number; conditions?: Condition[] };
};

const demoLabel = "rarityleads.io/demo";
const collectionPath = "/apis/rarityleads.io/v1alpha1/namespaces/default/whatsappaccounts";

const resourcePath = (name: string): string => `${collectionPath}/${name}`;

const accountYaml = (name: string, spec: Record<string, unknown>): string =>
  stringify({
    apiVersion: "rarityleads.io/v1alpha1",
    kind: "WhatsAppAccount",
    metadata: { name, namespace: "default", labels: { [demoLabel]: "true" } },
    spec,
  });

/** Limits and pacing wide open: the demo measures the system, not its manners. */
const quickSpec = {
  pacing: { minGapMs: 0, maxGapMs: 0, typing: "Off" },
  limits: {
    perMinute: 600,
    perHour: 10_000,
    perDay: 50_000,
    strangersPerDay: 500,
    warmUp: { enabled: false },
  },
};

const apply = async (name: string, yaml: string, operatorUrl: string): Promise<void> => {
  const answer = await fetch(`${operatorUrl}${resourcePath(name)}`, {
    method: "PUT",
    headers: { "content-type": "application/yaml" },
    body: yaml,
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`apply answered ${answer.status}: ${await answer.text()}`);
};

export const readAccount = async (demo: Demo, name: string): Promise<AccountResource> => {
  const answer = await fetch(`${demo.urls.operator}${resourcePath(name)}`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`get answered ${answer.status}`);
  return (await answer.json()) as AccountResource;
};

const condition = (account: AccountResource, type: string): Condition | undefined =>
  account.status?.conditions?.find((candidate) => candidate.type === type);

export const waitFor = (
  demo: Demo,
  name: string,
  type: string,
  timeoutMs = 40_000,
): Promise<string> =>
  waitUntil(
    `${name} to become ${type}`,
    async () => {
      const account = await readAccount(demo, name);
      if (condition(account, type)?.status === "True") return account.status?.accountId;
      throw new Error(
        JSON.stringify(account.status?.conditions?.map((c) => [c.type, c.status, c.reason])),
      );
    },
    timeoutMs,
    20,
  );

/** An earlier demo on the same system would leave its channel processes running for ever. */
const removeEarlierDemos = async (operatorUrl: string): Promise<number> => {
  const query = `labelSelector=${encodeURIComponent(`${demoLabel}=true`)}`;
  const answer = await fetch(`${operatorUrl}${collectionPath}?${query}`, {
    signal: AbortSignal.timeout(10_000),
  });
  const { items } = (await answer.json()) as { items: { metadata: { name: string } }[] };
  for (const { metadata } of items) {
    await fetch(`${operatorUrl}${resourcePath(metadata.name)}`, {
      method: "DELETE",
      signal: AbortSignal.timeout(10_000),
    });
  }
  return items.length;
};

export const applyAccount = async (demo: Demo): Promise<string> => {
  const { account, lead } = demo.phones;
  const removed = await removeEarlierDemos(demo.urls.operator);
  await demo.sandbox("POST", "/api/phones", { phone: account, name: "Sales demo", business: true });
  await demo.sandbox("POST", "/api/phones", { phone: lead, name: "Lead One" });
  const spec = { orgId: demo.orgId, displayName: "Sales demo", ...quickSpec };
  await apply(demo.names.account, accountYaml(demo.names.account, spec), demo.urls.operator);
  demo.state.accountId = await waitUntil(
    "the account's id in its status",
    async () => (await readAccount(demo, demo.names.account)).status?.accountId,
    20_000,
  );
  const before = removed === 0 ? "" : ` (${removed} of an earlier demo removed)`;
  return `WhatsAppAccount/${demo.names.account}${before}`;
};

type Pairing = { state: string; qr?: string | null; code?: string | null };

const pairingOf = (demo: Demo, accountId: string): Promise<Pairing> =>
  demo.api("GET", `/api/accounts/${accountId}/pairing`);

export const pairByQr = async (demo: Demo): Promise<string> => {
  const qr = await waitUntil(
    "a QR text",
    async () => (await pairingOf(demo, demo.state.accountId)).qr ?? undefined,
    30_000,
  );
  const began = performance.now();
  await demo.sandbox("POST", `/api/phones/${demo.phones.account}/scan`, { qr });
  await waitFor(demo, demo.names.account, "Paired");
  await waitFor(demo, demo.names.account, "Ready");
  return `Paired by QR, Ready ${Math.round(performance.now() - began)} ms after the scan`;
};

export const pairByCode = async (demo: Demo): Promise<string> => {
  const { second } = demo.phones;
  const name = demo.names.second;
  await demo.sandbox("POST", "/api/phones", { phone: second, name: "Second line", business: true });
  const spec = {
    orgId: demo.orgId,
    displayName: "Second line",
    phone: `+${second}`,
    pairing: { method: "Code" },
    minReplicas: 0,
    hibernateAfterSeconds: 5,
    ...quickSpec,
  };
  await apply(name, accountYaml(name, spec), demo.urls.operator);
  demo.state.secondId = await waitUntil(
    "the second account's id",
    async () => (await readAccount(demo, name)).status?.accountId,
    20_000,
  );
  await demo.api("POST", `/api/accounts/${demo.state.secondId}/pairing`, {
    body: { method: "Code", phone: `+${second}` },
  });
  const code = await waitUntil(
    "a pairing code",
    async () => (await pairingOf(demo, demo.state.secondId)).code ?? undefined,
    30_000,
  );
  await demo.sandbox("POST", `/api/phones/${second}/enter-code`, { code });
  await waitFor(demo, name, "Paired");
  return "Paired by code";
};
