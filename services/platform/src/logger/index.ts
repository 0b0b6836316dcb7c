import { trace } from "@opentelemetry/api";
import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";
import { describeError } from "./describe-error.ts";

export type { Logger } from "pino";

/** Never written to a log, whatever object carries them. */
const secretKeys = [
  "text",
  "body",
  "caption",
  "content",
  "phone",
  "to",
  "recipient",
  "token",
  "accessToken",
  "refreshToken",
  "password",
  "authorization",
  "cookie",
  "secret",
  "creds",
  "apiKey",
  "key",
  "sealKey",
  "qr",
  "code_value",
  "email",
  "jid",
  "remoteJid",
  "participant",
  "chat",
  "sender",
  "alt",
  "pushName",
  "displayName",
  "firstName",
  "lastName",
  "fileName",
  "value",
];

const redactPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

export interface LoggerOptions {
  service: string;
  level?: string;
  stream?: DestinationStream;
}

export function createLogger({ service, level = "info", stream }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    messageKey: "msg",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redactPaths, censor: "[redacted]" },
    mixin: traceFields,
    serializers: { err: describeError },
  };
  return stream ? pino(options, stream) : pino(options);
}

function traceFields(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { traceId: span.traceId, spanId: span.spanId } : {};
}
