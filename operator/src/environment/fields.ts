import { z } from "zod";

/** A whole number from 0 to max. */
export const wholeNumber = (fallback: number, max: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(0).max(max).default(fallback);

/** What both ways to run the operator read. */
export const commonFields = {
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** Base URL of an OTLP/HTTP receiver. No traces when it is not set. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  /** How long the deletion of an account with deletionPolicy Delete waits for its logout. */
  DELETION_DEADLINE_SECONDS: wholeNumber(120, 86_400),
} as const;

export interface CommonConfig {
  host: string;
  port: number;
  logLevel: string;
  /** How often the services are asked for queue depth and account states. */
  pollIntervalMs: number;
  deletionDeadlineMs: number;
  otlpEndpoint?: string | undefined;
}
