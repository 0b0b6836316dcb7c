import path from "node:path";
import { z } from "zod";

const loopbackHosts = ["127.0.0.1", "localhost", "::1"];

const number = (fallback: number, max: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(0).max(max).default(fallback);

const Environment = z.object({
  /** The local API starts processes, so it listens where only this machine can reach it. */
  HOST: z
    .string()
    .default("127.0.0.1")
    .refine((host) => loopbackHosts.includes(host), "must be a loopback address"),
  PORT: number(9443, 65_535),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  DATA_DIR: z.string().min(1),
  CRD_DIR: z.string().optional(),
  ROOT: z.string().default(() => process.cwd()),
  /** A JSON object with the environment variables every channel process gets. */
  CHANNEL_ENV_FILE: z.string().min(1),
  QUEUE_DEPTH_URL: z.url(),
  ACCOUNTS_URL: z.url(),
  INTERNAL_TOKEN: z.string().min(16),
  POLL_INTERVAL_MS: number(300, 60_000),
  /** Base URL of an OTLP/HTTP receiver. No traces when it is not set. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  /** How long the deletion of an account with deletionPolicy Delete waits for its logout. */
  DELETION_DEADLINE_SECONDS: number(120, 86_400),
});

export interface OperatorConfig {
  host: string;
  port: number;
  logLevel: string;
  dataFolder: string;
  crdFolder: string;
  root: string;
  channelEnvFile: string;
  queueDepthUrl: string;
  accountsUrl: string;
  internalToken: string;
  pollIntervalMs: number;
  deletionDeadlineMs: number;
  otlpEndpoint?: string | undefined;
}

/** Reads the environment; every problem at once, never a value, then exit code 78 (EX_CONFIG). */
export const loadOperatorConfig = (): OperatorConfig => {
  const given = Object.entries(process.env).filter(([, value]) => value !== "");
  const parsed = Environment.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      (issue) => `  - ${issue.path.join(".")}: ${issue.message}`,
    );
    process.stderr.write(`The configuration is not valid:\n${lines.join("\n")}\n`);
    process.exit(78);
  }
  const { data } = parsed;
  return {
    host: data.HOST,
    port: data.PORT,
    logLevel: data.LOG_LEVEL,
    dataFolder: path.resolve(data.DATA_DIR),
    crdFolder: path.resolve(data.ROOT, data.CRD_DIR ?? "crds"),
    root: path.resolve(data.ROOT),
    channelEnvFile: path.resolve(data.CHANNEL_ENV_FILE),
    queueDepthUrl: data.QUEUE_DEPTH_URL,
    accountsUrl: data.ACCOUNTS_URL,
    internalToken: data.INTERNAL_TOKEN,
    pollIntervalMs: data.POLL_INTERVAL_MS,
    deletionDeadlineMs: data.DELETION_DEADLINE_SECONDS * 1000,
    otlpEndpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
};

/** What a child process inherits: nothing of ours but how to find programs and temporary files. */
export const inheritedEnv = (): Record<string, string> =>
  Object.fromEntries(
    ["PATH", "HOME", "TMPDIR", "LANG", "TZ"].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
