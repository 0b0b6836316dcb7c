import { z } from "zod";
import { env, loadConfig } from "@rarity/platform/config";

const Environment = z.object({
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: env.port().default(3009),
  DRAIN_MS: env.drainMs(),
  LOG_LEVEL: env.logLevel(),
  DATABASE_URL: env.url("postgres", "postgresql"),
  DATABASE_POOL_MAX: env.int(1, 100).default(10),
  TENANT_SEAL_KEY: env.hexKey(),
  INTERNAL_TOKEN: env.secret(16),
  AUTH_ISSUER: env.url(),
  AUTH_AUDIENCE: z.string().min(1).default("authenticated"),
  AUTH_JWKS_URL: env.url(),
  /** Where API keys are verified. */
  AUTH_URL: env.url(),
  OPERATOR_URL: env.url(),
  /** A token for it, in a cluster; its rights end at ACCOUNT_NAMESPACE. */
  OPERATOR_TOKEN_FILE: z.string().min(1).optional(),
  /** Where the resources of accounts made through this API are kept. */
  ACCOUNT_NAMESPACE: z.string().min(1).default("default"),
  OTEL_EXPORTER_OTLP_ENDPOINT: env.url().optional(),
});

export type AccountsConfig = z.output<typeof Environment>;

export const loadAccountsConfig = (): AccountsConfig => loadConfig(Environment, process.env);
