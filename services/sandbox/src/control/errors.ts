import type { FieldIssue } from "@rarity/contracts/errors";
import { AppError } from "@rarity/platform/errors";
import type { z } from "zod";
import { UnknownMessage } from "../phone/compose-message.ts";
import { PhoneExists } from "../phone/create-phone.ts";

type Part = NonNullable<FieldIssue["in"]>;

/** Reads one part of a request; what does not fit becomes a list of refused fields. */
export function parsePart<T>(schema: z.ZodType<T>, value: unknown, part: Part): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues: FieldIssue[] = result.error.issues.map((issue) => ({
    path: issue.path.join("."),
    message: issue.message,
    in: part,
  }));
  throw new AppError("VALIDATION_FAILED", undefined, { details: { issues } });
}

const FASTIFY_CODES = {
  FST_ERR_CTP_INVALID_JSON_BODY: "MALFORMED_JSON",
  FST_ERR_CTP_EMPTY_JSON_BODY: "MALFORMED_JSON",
  FST_ERR_CTP_BODY_TOO_LARGE: "PAYLOAD_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
} as const;

/** Maps any failure to one the caller may be told about. */
export function asControlError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof PhoneExists) return new AppError("CONFLICT", error.message);
  if (error instanceof UnknownMessage) return new AppError("NOT_FOUND", error.message);
  const name = error instanceof Error && "code" in error ? String(error.code) : "";
  const code = Object.entries(FASTIFY_CODES).find(([key]) => key === name)?.[1];
  return new AppError(code ?? "INTERNAL", undefined, { cause: error });
}

/** Pairing fails for reasons the tester must see: an old ref, a wrong code, no answer. */
export async function asConflict<T>(task: Promise<T>): Promise<T> {
  try {
    return await task;
  } catch (error) {
    const message = error instanceof Error ? error.message : undefined;
    throw new AppError("CONFLICT", message, { cause: error });
  }
}
