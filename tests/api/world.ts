import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createLogger } from "@rarity/platform/logger";
import { freePort } from "@rarity/platform/ports";
import { testDatabase, testRedis, type TestDatabase } from "@rarity/platform/testing";
import { importJWK, SignJWT, type JWK, type JWTPayload } from "jose";
import pg from "pg";
import type { CutProxy } from "./cut-proxy.ts";
import { startAccounts } from "../../services/accounts/src/start-accounts.ts";
import { startFakeNeighbours } from "../../services/accounts/src/testing/fake-neighbours.ts";
import { startAuth } from "../../services/auth/src/start-auth.ts";
import { startEdge } from "../../services/edge/src/start-edge.ts";
import { startLeads } from "../../services/leads/src/start-leads.ts";
import { loadOrchestratorConfig } from "../../services/orchestrator/src/config.ts";
import { startOrchestrator } from "../../services/orchestrator/src/start-orchestrator.ts";

export const internalToken = "internal-token-of-the-test";

export interface World {
  /** The single origin; every public request of the suites goes through it. */
  readonly edge: string;
  readonly services: Record<"orchestrator" | "leads" | "accounts" | "auth", string>;
  readonly admin: pg.Client;
  readonly signingKey: JWK;
  readonly issuer: string;
  sign(claims: JWTPayload, header?: { typ: string }): Promise<string>;
  tokenFor(person: { userId: string; orgId: string | null; role?: string }): Promise<string>;
  stop(): Promise<void>;
}

type Stop = () => Promise<void> | void;

/** Every HTTP service of the platform behind the edge, on one database, in this process. */
export async function startWorld(given: Detours = {}): Promise<World> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), "rarity-api-"));
  const stops: Stop[] = [];
  const redisUrl = testRedis().url;
  const parts: Parts = {
    database,
    folder,
    stops,
    urlFor: (role) => byDetour(database.urlFor(role), given.postgres),
    redisUrl: byDetour(redisUrl, given.redis),
  };
  await given.postgres?.to(database.adminUrl);
  await given.redis?.to(redisUrl);
  const issuer = "http://auth.test/auth/v1";
  const auth = await startAuthService(parts, issuer);
  const common = commonSettings(parts, { issuer, auth });
  const services = { auth, ...(await startServices(parts, common)) };
  const edge = await startEdgeBefore(services, stops);
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  const { signingKey, sign } = await signer(join(folder, "keys.json"), issuer);
  return {
    edge,
    services,
    admin,
    signingKey,
    issuer,
    sign,
    tokenFor: ({ userId, orgId, role = "owner" }) =>
      sign({
        sub: userId,
        role: "authenticated",
        app_metadata: orgId === null ? {} : { org_id: orgId, org_role: role },
      }),
    stop: async () => {
      await admin.end();
      for (const stop of stops.toReversed()) await stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Parts {
  database: TestDatabase;
  folder: string;
  stops: Stop[];
  urlFor: TestDatabase["urlFor"];
  redisUrl: string;
}

/** Ways to the database and to Redis that a test can cut. */
export interface Detours {
  readonly postgres?: CutProxy;
  readonly redis?: CutProxy;
}

function byDetour(url: string, detour: CutProxy | undefined): string {
  if (detour === undefined) return url;
  const changed = new URL(url);
  changed.port = String(detour.port);
  return changed.href;
}

const silent = (service: string) => createLogger({ service, level: "silent" });

function scopeOf(stops: Stop[]) {
  return {
    onStop: (_name: string, fn: Stop) => void stops.push(fn),
    ready: () => true,
    signal: new AbortController().signal,
    stop: () => undefined,
  };
}

async function startAuthService(parts: Parts, issuer: string): Promise<string> {
  const port = await startAuth({
    logger: silent("auth"),
    scope: scopeOf(parts.stops),
    config: {
      HOST: "127.0.0.1",
      PORT: 0,
      LOG_LEVEL: "silent",
      DATABASE_URL: parts.urlFor("rarity_auth"),
      DATABASE_CONNECTIONS_MAX: 4,
      TENANT_SEAL_KEY: parts.database.sealKey,
      INTERNAL_TOKEN: internalToken,
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: "authenticated",
      SIGNING_KEY_FILE: join(parts.folder, "keys.json"),
      ACCESS_TOKEN_TTL_S: 3_600,
      REFRESH_TOKEN_TTL_S: 86_400,
      SIGN_UPS_PER_HOUR: 10_000,
      SIGN_INS_PER_5_MINUTES: 10_000,
      SIGN_INS_PER_EMAIL_PER_5_MINUTES: 10_000,
    },
  });
  return `http://127.0.0.1:${port}`;
}

function commonSettings({ database }: Parts, { issuer, auth }: { issuer: string; auth: string }) {
  return {
    HOST: "127.0.0.1",
    PORT: 0,
    LOG_LEVEL: "silent",
    TENANT_SEAL_KEY: database.sealKey,
    INTERNAL_TOKEN: internalToken,
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: "authenticated",
    AUTH_JWKS_URL: `${auth}/.well-known/jwks.json`,
    AUTH_URL: auth,
  } as const;
}

async function startServices(
  parts: Parts,
  common: ReturnType<typeof commonSettings>,
): Promise<Omit<World["services"], "auth">> {
  const { stops } = parts;
  const scope = scopeOf(stops);
  const operator = await startFakeNeighbours();
  stops.push(() => operator.close());
  const leads = await startLeads({
    logger: silent("leads"),
    scope,
    config: {
      ...common,
      DATABASE_URL: parts.urlFor("rarity_leads"),
      DATABASE_CONNECTIONS_MAX: 4,
    },
  });
  const accounts = await startAccounts({
    logger: silent("accounts"),
    scope,
    config: {
      ...common,
      DATABASE_URL: parts.urlFor("rarity_accounts"),
      DATABASE_POOL_MAX: 4,
      OPERATOR_URL: operator.url,
      ACCOUNT_NAMESPACE: "default",
    },
  });
  const config = loadOrchestratorConfig({
    ...common,
    PORT: "0",
    DATABASE_URL: parts.urlFor("rarity_orchestrator"),
    REDIS_URL: parts.redisUrl,
    MEDIA_URL: pathToFileURL(join(parts.folder, "media")).href,
    // A sweep marks the rows it visits, and these suites watch every row.
    SWEEP_EVERY_MS: "600000",
  });
  const orchestrator = await startOrchestrator(scope, config, silent("orchestrator"));
  return {
    leads: `http://127.0.0.1:${leads}`,
    accounts: accounts.url,
    orchestrator: orchestrator.url,
  };
}

async function startEdgeBefore(services: World["services"], stops: Stop[]): Promise<string> {
  const port = await startEdge({
    logger: silent("edge"),
    scope: scopeOf(stops),
    config: {
      HOST: "127.0.0.1",
      PORT: await freePort(),
      LOG_LEVEL: "silent",
      ORCHESTRATOR_URL: services.orchestrator,
      LEADS_URL: services.leads,
      ACCOUNTS_URL: services.accounts,
      AUTH_URL: services.auth,
      TRUSTED_PROXIES: 0,
      BODY_BYTES_MAX: 1024 * 1024,
      MEDIA_BYTES_MAX: 16 * 1024 * 1024,
      CONNECTIONS_MAX: 1_000,
      RESPONSE_TIMEOUT_MS: 30_000,
    },
  });
  return `http://127.0.0.1:${port}`;
}

/** Signs with the auth service's own key, so that a forged claim is the only thing wrong. */
async function signer(
  keyFile: string,
  issuer: string,
): Promise<{ signingKey: JWK; sign: World["sign"] }> {
  const file = JSON.parse(await readFile(keyFile, "utf8")) as { keys: [JWK] };
  const [signingKey] = file.keys;
  const key = await importJWK(signingKey, "ES256");
  const now = (): number => Math.floor(Date.now() / 1000);
  return {
    signingKey,
    sign: (claims, header = { typ: "JWT" }) =>
      new SignJWT({
        iss: issuer,
        aud: "authenticated",
        sub: randomUUID(),
        iat: now(),
        exp: now() + 3_600,
        ...claims,
      })
        .setProtectedHeader({ alg: "ES256", kid: String(signingKey.kid), ...header })
        .sign(key),
  };
}
