import { env, loadConfig } from "@rarity/platform/config";
import { crashPointSetting } from "@rarity/platform/crash-point";
import { checkMediaSettings, mediaSettings } from "@rarity/platform/media";
import { z } from "zod";

const Environment = z
  .object({
    ...mediaSettings,
    HOST: z.string().default("127.0.0.1"),
    PORT: env.port().default(3000),
    LOG_LEVEL: env.logLevel(),
    DRAIN_MS: env.drainMs(),
    DATABASE_URL: env.url("postgres", "postgresql"),
    REDIS_URL: env.url("redis", "rediss"),
    TENANT_SEAL_KEY: env.hexKey(),
    INTERNAL_TOKEN: env.secret(16),
    AUTH_ISSUER: env.url(),
    AUTH_AUDIENCE: z.string().default("authenticated"),
    AUTH_JWKS_URL: env.url("http", "https"),
    /** Verifies API keys; without it only user tokens are taken. */
    AUTH_URL: env.url("http", "https").optional(),
    OTEL_EXPORTER_OTLP_ENDPOINT: env.url("http", "https").optional(),
    DATABASE_POOL_MAX: env.int(4, 200).default(12),
    SWEEP_EVERY_MS: env.int(100, 600_000).default(5_000),
    WS_CONNECTIONS_MAX: env.int(1, 200_000).default(20_000),
    WS_CONNECTIONS_PER_ORG_MAX: env.int(1, 200_000).default(5_000),
    WS_HEARTBEAT_MS: env.int(100, 300_000).default(25_000),
    /** Fault suite only; empty outside tests. */
    RARITY_CRASH_POINT: crashPointSetting,
  })
  .superRefine(checkMediaSettings);

export type OrchestratorConfig = z.output<typeof Environment>;

export function loadOrchestratorConfig(
  environment: Record<string, string | undefined> = process.env,
): OrchestratorConfig {
  return loadConfig(Environment, environment);
}
