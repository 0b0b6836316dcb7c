import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Scope } from "@rarity/platform/lifecycle";
import { createLogger } from "@rarity/platform/logger";
import { createPool } from "@rarity/platform/postgres";
import { testDatabase, testRedis } from "@rarity/platform/testing";
import { loadOrchestratorConfig } from "../src/config.ts";
import { startOrchestrator } from "../src/start-orchestrator.ts";

export interface Tenant {
  readonly orgId: string;
  readonly accountId: string;
  readonly token: string;
}

export interface Harness {
  readonly url: string;
  readonly port: number;
  readonly internalToken: string;
  /** What a process of its own needs to run beside this one. */
  readonly environment: Readonly<Record<string, string>>;
  /** As superuser: for looking and arranging only. */
  readonly admin: ReturnType<typeof createPool>;
  createTenant(): Promise<Tenant>;
  tokenFor(orgId: string, options?: { role?: string; secondsLeft?: number }): string;
  call(path: string, options?: CallOptions): Promise<Answer>;
  stop(): Promise<void>;
}

interface CallOptions {
  readonly token?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Answers are checked by the assertions of each test.
  readonly body: Record<string, unknown>;
}

const issuer = "http://issuer.test/auth/v1";

/** The real service on a database of its own, with an issuer that signs what a test asks for. */
export async function startHarness(): Promise<Harness> {
  const database = await testDatabase();
  const mediaDir = await mkdtemp(join(tmpdir(), "orchestrator-media-"));
  const keys = await startIssuer();
  const logger = createLogger({ service: "orchestrator", level: "fatal" });
  const admin = createPool({
    connectionString: database.adminUrl,
    applicationName: "test",
    max: 2,
    logger,
  });
  const internalToken = "internal-token-of-the-test";
  const environment = {
    PORT: "0",
    DATABASE_URL: database.urlFor("rarity_orchestrator"),
    REDIS_URL: testRedis().url,
    TENANT_SEAL_KEY: database.sealKey,
    INTERNAL_TOKEN: internalToken,
    AUTH_ISSUER: issuer,
    AUTH_JWKS_URL: keys.url,
    MEDIA_URL: pathToFileURL(mediaDir).href,
  };
  const config = loadOrchestratorConfig(environment);
  const scope = testScope();
  const { url, port } = await startOrchestrator(scope, config, logger);
  return {
    url,
    port,
    internalToken,
    environment,
    admin,
    tokenFor: keys.tokenFor,
    createTenant: async () => {
      const [orgId, accountId] = [randomUUID(), randomUUID()];
      await admin.query("insert into tenancy.organization (id, name) values ($1, 'Test')", [orgId]);
      await admin.query(
        `insert into channels.account (org_id, id, channel, name, state)
         values ($1, $2, 'whatsapp', 'main', 'connected')`,
        [orgId, accountId],
      );
      return { orgId, accountId, token: keys.tokenFor(orgId) };
    },
    call: (path, options = {}) => call(`${url}${path}`, options),
    stop: async () => {
      await scope.stopAll();
      await keys.close();
      await admin.end();
      await database.drop();
      await rm(mediaDir, { recursive: true, force: true });
    },
  };
}

async function call(url: string, options: CallOptions): Promise<Answer> {
  const response = await fetch(url, requestOf(options));
  const text = await response.text();
  const json = (response.headers.get("content-type") ?? "").includes("json") && text !== "";
  const parsed: unknown = json ? JSON.parse(text) : { text };
  return {
    status: response.status,
    headers: response.headers,
    body: parsed as Record<string, unknown>,
  };
}

function requestOf({ token, body, method, headers: given = {} }: CallOptions): RequestInit {
  const headers: Record<string, string> = { ...given };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  if (body === undefined) return { method: method ?? "GET", headers };
  if (body instanceof Uint8Array) return { method: "POST", headers, body: new Uint8Array(body) };
  headers["content-type"] = "application/json";
  return { method: method ?? "POST", headers, body: JSON.stringify(body) };
}

function testScope(): Scope & { stopAll: () => Promise<void> } {
  const stops: (() => Promise<void> | void)[] = [];
  const abort = new AbortController();
  return {
    onStop: (_name, fn) => stops.push(fn),
    ready: () => true,
    signal: abort.signal,
    stop: () => abort.abort(),
    stopAll: async () => {
      abort.abort();
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

async function startIssuer(): Promise<{
  url: string;
  tokenFor: Harness["tokenFor"];
  close: () => Promise<void>;
}> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "test", alg: "ES256", use: "sig" };
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    tokenFor: (orgId, { role = "owner", secondsLeft = 600 } = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const head = base64url({ alg: "ES256", kid: "test", typ: "JWT" });
      const claims = base64url({
        iss: issuer,
        aud: "authenticated",
        sub: randomUUID(),
        role: "authenticated",
        iat: now,
        exp: now + secondsLeft,
        app_metadata: { org_id: orgId, org_role: role },
      });
      const signature = sign("sha256", Buffer.from(`${head}.${claims}`), {
        key: privateKey,
        dsaEncoding: "ieee-p1363",
      });
      return `${head}.${claims}.${signature.toString("base64url")}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
