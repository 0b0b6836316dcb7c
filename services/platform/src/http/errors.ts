import type { ErrorCode } from "@rarity/contracts/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError, asAppError, toEnvelope, toProblem } from "../errors/index.ts";

const fastifyCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "PAYLOAD_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
  FST_ERR_CTP_EMPTY_JSON_BODY: "MALFORMED_JSON",
  FST_ERR_CTP_INVALID_JSON_BODY: "MALFORMED_JSON",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "MALFORMED_JSON",
  FST_ERR_BAD_URL: "VALIDATION_FAILED",
};

/** Anything thrown, as an error with a code of the closed list. */
export const toAppError = (error: unknown): AppError => {
  if (typeof error === "string") return new AppError(error as ErrorCode);
  if (error instanceof AppError) return error;
  // Only the body parser says 400 in its own words; a SyntaxError of ours is our failure.
  if (error instanceof SyntaxError && "statusCode" in error) return new AppError("MALFORMED_JSON");
  const code = fastifyCodes[(error as { code?: string } | null)?.code ?? ""];
  return code === undefined ? asAppError(error) : new AppError(code, undefined, { cause: error });
};

/** The envelope, or RFC 9457 when the caller asks for it. */
export const sendError = (
  request: FastifyRequest,
  reply: FastifyReply,
  error: AppError,
): FastifyReply => {
  void reply.code(error.status).header("x-request-id", request.id);
  if (error.retryAfterS !== undefined) void reply.header("retry-after", String(error.retryAfterS));
  if (!(request.headers.accept ?? "").includes("application/problem+json")) {
    return reply.type("application/json").send(toEnvelope(error, request.id));
  }
  const problem = toProblem(error, request.id);
  return reply.type("application/problem+json").send(JSON.stringify(problem));
};
