import { errorCodes } from "@rarity/contracts/errors";
import type {
  ErrorCode,
  ErrorDetails,
  ErrorEnvelope,
  ProblemDocument,
} from "@rarity/contracts/errors";
import { isAway } from "./is-away.ts";

export interface AppErrorOptions {
  details?: ErrorDetails;
  retryAfterS?: number;
  cause?: unknown;
}

/** Answers that always say when to come back. */
const comeBack: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "API_RATE_LIMITED",
  "ACCOUNT_LIMIT",
  "IDEMPOTENCY_IN_FLIGHT",
  "UNAVAILABLE",
]);

/** A failure the caller may be told about. Anything else becomes INTERNAL without its message. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message?: string, options: AppErrorOptions = {}) {
    super(message ?? errorCodes[code].title, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterS = options.retryAfterS ?? (comeBack.has(code) ? 1 : undefined);
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}

export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError(isAway(error) ? "UNAVAILABLE" : "INTERNAL", undefined, { cause: error });
}

export function toEnvelope(error: unknown, requestId: string): ErrorEnvelope {
  const { code, message, details, retryable } = asAppError(error);
  return { error: { code, message, details, requestId, retryable } };
}

export function toProblem(error: unknown, requestId: string): ProblemDocument {
  const { code, message, details, retryable, status } = asAppError(error);
  const { title } = errorCodes[code];
  const type = `urn:rarity-leads:error:${code}`;
  const instance = `urn:request:${requestId}`;
  return { type, title, status, detail: message, instance, code, requestId, retryable, details };
}

export { refuseConnection } from "./refuse-connection.ts";
