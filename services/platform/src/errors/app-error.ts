import { errorCodes } from "@rarity/contracts/errors";
import type { ErrorCode, ErrorDetails } from "@rarity/contracts/errors";

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
