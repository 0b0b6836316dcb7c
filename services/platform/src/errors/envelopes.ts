import { errorCodes } from "@rarity/contracts/errors";
import type { ErrorCode, ErrorEnvelope, ProblemDocument } from "@rarity/contracts/errors";
import { AppError } from "./app-error.ts";
import { isAway } from "./is-away.ts";

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
