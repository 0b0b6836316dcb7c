import { randomUUID } from "node:crypto";
import { errorCodes, type ErrorEnvelope } from "@rarity/contracts/errors";
import { createTokenVerifier } from "@rarity/platform/auth";
import { createLogger } from "@rarity/platform/logger";
import { createPool } from "@rarity/platform/postgres";
import { testDatabase } from "@rarity/platform/testing";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { startLeads } from "../src/start-leads.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/** What an answer refuses with, to compare with `refused`. */
export const codeOf = ({ status, json }: Answer): [number, string] => [
  status,
  (json as ErrorEnvelope).error.code,
];

/** The status and the code that the catalog of errors gives a refusal. */
export const refused = (code: keyof typeof errorCodes): [number, string] => [
  errorCodes[code].status,
  code,
];

interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface LeadsFixture {
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A token of a member of `orgId`, signed by the key the service trusts. */
  tokenFor(orgId: string | null, role?: string): Promise<string>;
  /** A sending account, which the accounts service would have made. */
  createAccount(orgId: string): Promise<string>;
  stop(): Promise<void>;
}

const issuer = "http://auth.test/auth/v1";
const audience = "authenticated";

/** The whole service on a free port, over a database of its own. */
export async function startLeadsFixture(): Promise<LeadsFixture> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "test", alg: "ES256" };
  const database = await testDatabase();
  const admin = createPool({
    connectionString: database.adminUrl,
    applicationName: "test",
    max: 1,
    logger: createLogger({ service: "test", level: "silent" }),
  });
  const stops: (() => Promise<void> | void)[] = [];
  const port = await startLeads({
    logger: createLogger({ service: "leads", level: "silent" }),
    scope: { onStop: (_name, fn) => void stops.push(fn), ready: () => true },
    verifier: createTokenVerifier({
      issuers: [{ issuer, audience, algorithms: ["ES256"], publicJwks: { keys: [jwk] } }],
    }),
    config: {
      HOST: "127.0.0.1",
      PORT: 0,
      LOG_LEVEL: "silent",
      DATABASE_URL: database.urlFor("rarity_leads"),
      DATABASE_CONNECTIONS_MAX: 4,
      TENANT_SEAL_KEY: database.sealKey,
      INTERNAL_TOKEN: "internal-token-of-the-test",
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: audience,
      AUTH_JWKS_URL: `${issuer}/jwks`,
    },
  });
  return {
    call: (method, path, options) => call(`http://127.0.0.1:${port}${path}`, method, options),
    tokenFor: (orgId, role = "rep") => {
      const app = orgId === null ? {} : { org_id: orgId, org_role: role };
      return new SignJWT({ role: "authenticated", app_metadata: app })
        .setProtectedHeader({ alg: "ES256", kid: "test" })
        .setSubject(randomUUID())
        .setIssuer(issuer)
        .setAudience(audience)
        .setExpirationTime("10 minutes")
        .sign(privateKey);
    },
    createAccount: async (orgId) => {
      const id = randomUUID();
      await admin.query(
        "insert into channels.account (org_id, id, channel, name) values ($1, $2, 'whatsapp', $3)",
        [orgId, id, id],
      );
      return id;
    },
    stop: async () => {
      await admin.end();
      for (const stop of stops.reverse()) await stop();
      await database.drop();
    },
  };
}

async function call(url: string, method: string, options: CallOptions = {}): Promise<Answer> {
  const { token, body, headers = {} } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}
