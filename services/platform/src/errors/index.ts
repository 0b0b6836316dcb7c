import { errorCodes } from "@rarity/contracts/errors";
import type {
  ErrorCode,
  ErrorDetails,
  ErrorEnvelope,
  ProblemDocument,
} from "@rarity/contracts/errors";

export interface AppErrorOptions {
  details?: ErrorDetails;
  retryAfterS?: number;
  cause?: unknown;
}

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
    this.retryAfterS = options.retryAfterS;
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
  return error instanceof AppError ? error : new AppError("INTERNAL", undefined, { cause: error });
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
