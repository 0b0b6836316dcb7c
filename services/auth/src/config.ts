import { z } from "zod";
import { env, loadConfig } from "@rarity/platform/config";

const Environment = z.object({
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: env.port().default(3010),
  DRAIN_MS: env.drainMs(),
  LOG_LEVEL: env.logLevel(),
  DATABASE_URL: env.url("postgres", "postgresql"),
  DATABASE_CONNECTIONS_MAX: env.int(1, 100).default(10),
  TENANT_SEAL_KEY: env.hexKey(32),
  INTERNAL_TOKEN: env.secret(16),
  AUTH_ISSUER: env.url(),
  AUTH_AUDIENCE: z.string().min(1).default("authenticated"),
  /** Made at the first start. Replicas share it. */
  SIGNING_KEY_FILE: z.string().min(1),
  ACCESS_TOKEN_TTL_S: env.int(60, 86_400).default(3_600),
  REFRESH_TOKEN_TTL_S: env.int(3_600, 365 * 86_400).default(30 * 86_400),
  /** Allowances of one caller (an address), for an hour and for five minutes. */
  SIGN_UPS_PER_HOUR: env.int(1, 1_000_000).default(100),
  SIGN_INS_PER_5_MINUTES: env.int(1, 1_000_000).default(100),
  SIGN_INS_PER_EMAIL_PER_5_MINUTES: env.int(1, 1_000_000).default(10),
  /** Base URL of an OTLP/HTTP receiver; without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: env.url("http", "https").optional(),
});

export type AuthConfig = z.output<typeof Environment>;

export function loadAuthConfig(): AuthConfig {
  return loadConfig(Environment, process.env);
}
