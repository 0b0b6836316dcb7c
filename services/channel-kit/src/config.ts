import { env, parseConfig } from "@rarity/platform/config";
import { crashPointSetting } from "@rarity/platform/crash-point";
import { checkMediaSettings, mediaLocationOf, mediaSettings } from "@rarity/platform/media";
import type { MediaLocation } from "@rarity/platform/media";
import { z } from "zod";
import type { PacingPolicy } from "./drain/pacing.ts";

const count = z.number().int().min(0);

const pacing = z.object({
  minGapMs: count.default(0),
  maxGapMs: count.default(0),
  typing: z.enum(["Simulate", "Off"]).default("Off"),
});

/** Unknown fields are kept out, not refused: the resource may be newer than this process. */
const accountSpec = z.object({
  displayName: z.string().optional(),
  limits: z.record(z.string(), z.unknown()).optional(),
  pacing: pacing.optional(),
});
export type AccountSpec = z.infer<typeof accountSpec>;

const podSettings = z
  .object({
    ...mediaSettings,
    ACCOUNT_ID: z.uuid(),
    ORG_ID: z.uuid(),
    DATABASE_URL: env.url("postgres", "postgresql"),
    REDIS_URL: env.url("redis", "rediss"),
    TENANT_SEAL_KEY: env.hexKey(),
    /** Name of the pod; the supervisor never runs two processes under one name at a time. */
    HOLDER: z.string().min(1).max(200),
    HOST: z.string().default("127.0.0.1"),
    PORT: env.port().default(0),
    LOG_LEVEL: env.logLevel(),
    OTEL_EXPORTER_OTLP_ENDPOINT: env.url("http", "https").optional(),
    /** Of the operator's work that made this pod (W3C trace context). */
    TRACEPARENT: z.string().max(100).optional(),
    ACCOUNT_SPEC: z
      .string()
      .default("{}")
      .transform((text, issue): AccountSpec => {
        const parsed = accountSpec.safeParse(parseJson(text));
        if (parsed.success) return parsed.data;
        const where = parsed.error.issues
          .map((one) => one.path.join(".") || "the whole")
          .join(", ");
        issue.addIssue(`is not an account (wrong: ${where})`);
        return z.NEVER;
      }),
    RARITY_CRASH_POINT: crashPointSetting,
    RARITY_TEST_ATTEMPT_ROW: z.enum(["on", "off"]).default("on"),
  })
  .superRefine(checkMediaSettings);

export type PodConfig = {
  accountId: string;
  orgId: string;
  databaseUrl: string;
  redisUrl: string;
  tenantSealKey: string;
  podName: string;
  host: string;
  port: number;
  logLevel: string;
  media: MediaLocation;
  /** Base URL of an OTLP/HTTP receiver; undefined traces nothing. */
  otlpEndpoint: string | undefined;
  /** The trace of the operator's work that made this pod. */
  traceparent: string | undefined;
  spec: AccountSpec;
  pacing: PacingPolicy;
  /** Fault suite only; empty outside tests. */
  crashPoint: string;
  /** Fault suite only: behave like a queue without a write-ahead attempt. */
  naive: boolean;
};

/** The settings every channel process has. Throws `ConfigError` with every problem at once. */
export function parsePodConfig(environment: Record<string, string | undefined>): PodConfig {
  const settings = parseConfig(podSettings, environment);
  return {
    accountId: settings.ACCOUNT_ID,
    orgId: settings.ORG_ID,
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    tenantSealKey: settings.TENANT_SEAL_KEY,
    podName: settings.HOLDER,
    host: settings.HOST,
    port: settings.PORT,
    logLevel: settings.LOG_LEVEL,
    media: mediaLocationOf(settings),
    otlpEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    traceparent: settings.TRACEPARENT,
    spec: settings.ACCOUNT_SPEC,
    pacing: pacingOf(settings.ACCOUNT_SPEC),
    crashPoint: settings.RARITY_CRASH_POINT,
    naive: settings.RARITY_TEST_ATTEMPT_ROW === "off",
  };
}

const usualTyping = { charsPerSecond: 12, minMs: 800, maxMs: 6000 };

function pacingOf(spec: AccountSpec): PacingPolicy {
  const { minGapMs = 0, maxGapMs = 0, typing = "Off" } = spec.pacing ?? {};
  return {
    minGapMs,
    maxGapMs: Math.max(minGapMs, maxGapMs),
    typing: typing === "Simulate" ? usualTyping : null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** For the entry file of a process. */
export function readEnvironment(): PodConfig {
  return parsePodConfig(process.env);
}
