import { z } from "zod";
import { env, loadConfig } from "@rarity/platform/config";

const Environment = z.object({
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: env.port().default(8080),
  DRAIN_MS: env.drainMs(),
  LOG_LEVEL: env.logLevel(),
  ORCHESTRATOR_URL: env.url(),
  LEADS_URL: env.url(),
  ACCOUNTS_URL: env.url(),
  AUTH_URL: env.url(),
  /** Linked from the first page when there is one. */
  SANDBOX_URL: env.url().optional(),
  /** How many proxies of ours stand in front; only their X-Forwarded-* entries are believed. */
  TRUSTED_PROXIES: env.int(0, 10).default(0),
  BODY_BYTES_MAX: env.int(1024, 64 * 1024 * 1024).default(1024 * 1024),
  MEDIA_BYTES_MAX: env.int(1024, 256 * 1024 * 1024).default(64 * 1024 * 1024),
  CONNECTIONS_MAX: env.int(1, 1_000_000).default(20_000),
  RESPONSE_TIMEOUT_MS: env.int(100, 600_000).default(30_000),
  /** Base URL of an OTLP/HTTP receiver; without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: env.url("http", "https").optional(),
});

export type EdgeConfig = z.output<typeof Environment>;

export function loadEdgeConfig(): EdgeConfig {
  return loadConfig(Environment, process.env);
}
