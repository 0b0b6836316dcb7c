import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@rarity/platform/logger";
import { waitFor } from "@rarity/platform/testing";
import { startAccounts } from "../../services/accounts/src/start-accounts.ts";
import {
  startHarness,
  type Harness,
  type Tenant,
} from "../../services/orchestrator/tests/harness.ts";
import {
  startPodProcess,
  type PodProcess,
} from "../../services/whatsapp/tests/support/pod-process.ts";
import {
  startSandboxProcess,
  type SandboxProcess,
} from "../../services/whatsapp/tests/support/sandbox-process.ts";

export type Json = Record<string, unknown>;

/** One account with everything it needs but the operator: both APIs, its process and the sandbox. */
export type ChannelWorld = {
  readonly harness: Harness;
  readonly tenant: Tenant;
  readonly sandbox: SandboxProcess;
  /** Starts the account's process under one name, as its supervisor does after it has ended. */
  startPod(environment?: Record<string, string>): PodProcess;
  /** As the account's process reaches it. */
  readonly podDatabaseUrl: string;
  stopPod(signal?: NodeJS.Signals): Promise<void>;
  /** The orchestrator's and the accounts service's API, by path. Throws on any error answer. */
  api(method: string, path: string, body?: unknown): Promise<Json>;
  account(): Promise<Json>;
  /** Waits until the account looks like this. */
  until(expected: Json): Promise<Json>;
  /** Scans the QR which the API shows. */
  pair(phone: string): Promise<void>;
  sessionRows(): Promise<number>;
  stop(): Promise<void>;
};

export const patience = { timeoutMs: 60_000 };

export async function openChannelWorld(): Promise<ChannelWorld> {
  const sandbox = await startSandboxProcess();
  const harness = await startHarness();
  const tenant = await harness.createTenant();
  const folder = await mkdtemp(join(tmpdir(), "channel-world-"));
  const mediaCaFile = join(folder, "media-ca.pem");
  await writeFile(mediaCaFile, sandbox.mediaCaPem);
  const accounts = await startAccountsOf(harness);
  let pod: PodProcess | undefined;

  const api = createApi({ accountsUrl: accounts.url, harness, tenant });
  const account = (): Promise<Json> => api("GET", `/api/accounts/${tenant.accountId}`);
  const until = createUntil(account, () => pod?.log() ?? "");
  const stopPod = async (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    pod?.kill(signal);
    await pod?.ended;
  };
  return {
    harness,
    tenant,
    sandbox,
    podDatabaseUrl: databaseUrl(harness, "rarity_whatsapp"),
    startPod: (environment) => {
      const usual = podEnvironment({ harness, tenant, sandbox, mediaCaFile });
      pod = startPodProcess({ ...usual, ...environment });
      return pod;
    },
    stopPod,
    api,
    account,
    until,
    pair: async (phone) => {
      const qr = await waitFor(
        async () => (await api("GET", `/api/accounts/${tenant.accountId}/pairing`))["qr"],
        { ...patience, what: "a QR" },
      );
      await sandbox.post(`/api/phones/${phone}/scan`, { qr });
      await until({ state: "connected" });
    },
    sessionRows: async () => {
      const { rows } = await harness.admin.query<{ n: number }>(
        `select (select count(*) from channels.session_key where account_id = $1)::int
              + (select count(*) from channels.session_creds where account_id = $1)::int as n`,
        [tenant.accountId],
      );
      return rows[0]?.n ?? 0;
    },
    stop: async () => {
      await stopPod("SIGKILL");
      await accounts.stop();
      await harness.stop();
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function createApi({
  accountsUrl,
  harness,
  tenant,
}: { accountsUrl: string } & Pick<ChannelWorld, "harness" | "tenant">): ChannelWorld["api"] {
  return async (method, path, body) => {
    const base = path.startsWith("/api/accounts") ? accountsUrl : harness.url;
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tenant.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Json);
  };
}

function createUntil(account: () => Promise<Json>, log: () => string): ChannelWorld["until"] {
  return async (expected) => {
    let seen: Json = {};
    const matches = async (): Promise<Json | undefined> => {
      seen = await account();
      const isSo = Object.entries(expected).every(([name, value]) => seen[name] === value);
      return isSo ? seen : undefined;
    };
    return waitFor(matches, { ...patience, what: JSON.stringify(expected) }).catch(
      (error: unknown) => {
        throw new Error(`the account is ${JSON.stringify(seen)}; ${log().slice(-1500)}`, {
          cause: error,
        });
      },
    );
  };
}

function databaseUrl(harness: Harness, role: string): string {
  const url = new URL(harness.environment["DATABASE_URL"] ?? "");
  url.username = role;
  return url.href;
}

async function startAccountsOf(
  harness: Harness,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const stops: (() => Promise<void> | void)[] = [];
  const { environment } = harness;
  const { url } = await startAccounts({
    config: {
      HOST: "127.0.0.1",
      PORT: 0,
      LOG_LEVEL: "silent",
      DATABASE_URL: databaseUrl(harness, "rarity_accounts"),
      DATABASE_POOL_MAX: 3,
      TENANT_SEAL_KEY: environment["TENANT_SEAL_KEY"] ?? "",
      INTERNAL_TOKEN: harness.internalToken,
      AUTH_ISSUER: environment["AUTH_ISSUER"] ?? "",
      AUTH_AUDIENCE: "authenticated",
      AUTH_JWKS_URL: environment["AUTH_JWKS_URL"] ?? "",
      AUTH_URL: harness.url,
      // Nobody listens there: these accounts have no resource.
      OPERATOR_URL: "http://127.0.0.1:9",
      ACCOUNT_NAMESPACE: "default",
    },
    logger: createLogger({ service: "accounts", level: "silent" }),
    scope: { onStop: (_name, stop) => stops.push(stop), ready: () => true },
  });
  return {
    url,
    stop: async () => {
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

type PodInput = Pick<ChannelWorld, "harness" | "tenant" | "sandbox"> & { mediaCaFile: string };

function podEnvironment({
  harness,
  tenant,
  sandbox,
  mediaCaFile,
}: PodInput): Record<string, string> {
  return {
    ORG_ID: tenant.orgId,
    ACCOUNT_ID: tenant.accountId,
    HOLDER: "pod-0",
    DATABASE_URL: databaseUrl(harness, "rarity_whatsapp"),
    REDIS_URL: harness.environment["REDIS_URL"] ?? "",
    TENANT_SEAL_KEY: harness.environment["TENANT_SEAL_KEY"] ?? "",
    SESSION_KEYS: `v1:${"ab".repeat(32)}`,
    WHATSAPP_URL: sandbox.wireUrl,
    WHATSAPP_ROOT_KEY: sandbox.rootKeyHex,
    MEDIA_URL: harness.environment["MEDIA_URL"] ?? "",
    NODE_EXTRA_CA_CERTS: mediaCaFile,
  };
}
