import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@rarity/platform/logger";
import { testDatabase } from "@rarity/platform/testing";
import { startAuth } from "../src/start-auth.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of many shapes; each says what it expects.
  readonly body: Record<string, never>;
}

export interface AuthFixture {
  readonly issuer: string;
  readonly keyFile: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  stop(): Promise<void>;
}

interface CallOptions {
  readonly body?: unknown;
  readonly token?: string;
  readonly address?: string;
}

export const internalToken = "internal-token-of-the-test";

/** The whole service on a free port, over a database of its own. */
export async function startAuthFixture(): Promise<AuthFixture> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), "rarity-auth-"));
  const keyFile = join(folder, "keys", "signing-key.json");
  const issuer = "http://auth.test/auth/v1";
  const stops: (() => Promise<void> | void)[] = [];
  const port = await startAuth({
    logger: createLogger({ service: "auth", level: "silent" }),
    scope: { onStop: (_name, fn) => void stops.push(fn), ready: () => true },
    config: {
      HOST: "127.0.0.1",
      PORT: 0,
      LOG_LEVEL: "silent",
      DATABASE_URL: database.urlFor("rarity_auth"),
      DATABASE_CONNECTIONS_MAX: 4,
      TENANT_SEAL_KEY: database.sealKey,
      INTERNAL_TOKEN: internalToken,
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: "authenticated",
      SIGNING_KEY_FILE: keyFile,
      ACCESS_TOKEN_TTL_S: 3_600,
      REFRESH_TOKEN_TTL_S: 86_400,
      SIGN_UPS_PER_HOUR: 50,
      SIGN_INS_PER_5_MINUTES: 50,
      SIGN_INS_PER_EMAIL_PER_5_MINUTES: 3,
    },
  });
  return {
    issuer,
    keyFile,
    call: (method, path, options) => call(`http://127.0.0.1:${port}${path}`, method, options),
    stop: async () => {
      for (const stop of stops.reverse()) await stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function call(url: string, method: string, options: CallOptions = {}): Promise<Answer> {
  const { body, token, address } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(address === undefined ? {} : { "x-forwarded-for": address }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === "" ? {} : JSON.parse(text)) as Answer["body"],
  };
}
