import { z } from "zod";
import { env, loadConfig } from "@rarity/platform/config";

const Environment = z.object({
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: env.port().default(3007),
  DRAIN_MS: env.drainMs(),
  LOG_LEVEL: env.logLevel(),
  DATABASE_URL: env.url("postgres", "postgresql"),
  DATABASE_CONNECTIONS_MAX: env.int(1, 100).default(10),
  TENANT_SEAL_KEY: env.hexKey(32),
  INTERNAL_TOKEN: env.secret(16),
  AUTH_ISSUER: env.url(),
  AUTH_AUDIENCE: z.string().min(1).default("authenticated"),
  AUTH_JWKS_URL: env.url(),
  /** Where API keys are checked; without it only tokens are accepted. */
  AUTH_URL: env.url().optional(),
  /** Base URL of an OTLP/HTTP receiver; without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: env.url("http", "https").optional(),
});

export type LeadsConfig = z.output<typeof Environment>;

export function loadLeadsConfig(): LeadsConfig {
  return loadConfig(Environment, process.env);
}
