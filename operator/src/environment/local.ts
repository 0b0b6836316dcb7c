import path from "node:path";
import { z } from "zod";
import { commonFields, wholeNumber, type CommonConfig } from "./fields.ts";

const loopbackHosts = ["127.0.0.1", "localhost", "::1"];

export interface LocalConfig extends CommonConfig {
  cluster: "local";
  dataFolder: string;
  crdFolder: string;
  root: string;
  channelEnvFile: string;
  queueDepthUrl: string;
  accountsUrl: string;
  internalToken: string;
}

/** The local runtime: pods are processes of this machine. */
export const LocalEnvironment = z
  .object({
    ...commonFields,
    /** The local API starts processes, so it listens where only this machine can reach it. */
    HOST: z
      .string()
      .default("127.0.0.1")
      .refine((host) => loopbackHosts.includes(host), "must be a loopback address"),
    PORT: wholeNumber(9443, 65_535),
    DATA_DIR: z.string().min(1),
    CRD_DIR: z.string().optional(),
    ROOT: z.string().default(() => process.cwd()),
    /** A JSON object with the environment variables every channel process gets. */
    CHANNEL_ENV_FILE: z.string().min(1),
    QUEUE_DEPTH_URL: z.url(),
    ACCOUNTS_URL: z.url(),
    INTERNAL_TOKEN: z.string().min(16),
    POLL_INTERVAL_MS: wholeNumber(300, 60_000),
  })
  .transform((data): LocalConfig => ({
    cluster: "local",
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
  }));
