import { z } from "zod";

interface ErrorInfo {
  readonly status: number;
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean;
  readonly title: string;
}

/** Every code the platform may answer with. A new failure gets a line here before it gets a throw. */
export const errorCodes = {
  VALIDATION_FAILED: {
    status: 400,
    retryable: false,
    title: "The request does not match its schema",
  },
  MALFORMED_JSON: { status: 400, retryable: false, title: "The body is not valid JSON" },
  UNAUTHENTICATED: { status: 401, retryable: false, title: "A valid token or API key is needed" },
  FORBIDDEN: { status: 403, retryable: false, title: "The caller may not do this" },
  NOT_FOUND: { status: 404, retryable: false, title: "There is nothing at this address" },
  METHOD_NOT_ALLOWED: {
    status: 405,
    retryable: false,
    title: "This address does not take that method",
  },
  CONFLICT: { status: 409, retryable: false, title: "The current state does not allow this" },
  IDEMPOTENCY_IN_FLIGHT: {
    status: 409,
    retryable: true,
    title: "A request with this idempotency key is still running",
  },
  VERSION_MISMATCH: {
    status: 412,
    retryable: false,
    title: "The resource changed since it was read",
  },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false, title: "The body is larger than allowed" },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    retryable: false,
    title: "This content type is not accepted",
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    retryable: false,
    title: "The idempotency key was used with another request",
  },
  UNSUPPORTED_MEDIA: {
    status: 422,
    retryable: false,
    title: "The channel cannot carry this media",
  },
  TEXT_TOO_LONG: {
    status: 422,
    retryable: false,
    title: "The text is longer than the channel allows",
  },
  RECIPIENT_UNKNOWN: {
    status: 422,
    retryable: false,
    title: "The recipient has no address on the channel",
  },
  ACCOUNT_NOT_FOUND: { status: 422, retryable: false, title: "There is no such sending account" },
  CHANNEL_UNAVAILABLE: {
    status: 422,
    retryable: false,
    title: "No account can send on this channel",
  },
  API_RATE_LIMITED: { status: 429, retryable: true, title: "Too many requests" },
  ACCOUNT_LIMIT: { status: 429, retryable: true, title: "The sending account reached its limit" },
  INTERNAL: { status: 500, retryable: true, title: "Something failed on our side" },
  UNAVAILABLE: { status: 503, retryable: true, title: "The service cannot take this now" },
  TIMEOUT: { status: 504, retryable: true, title: "The answer took too long" },
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof errorCodes;

export const errorCodeNames = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

export const ErrorCodeSchema = z.enum(errorCodeNames);

/** One refused field: where it is and what is wrong with it. */
export const FieldIssue = z.strictObject({
  path: z.string().describe("Dotted path of the field; empty for the body itself"),
  message: z.string().describe("What is wrong, and what would be right"),
  in: z.enum(["params", "query", "headers", "body"]).optional().describe("Part of the request"),
});
export type FieldIssue = z.infer<typeof FieldIssue>;

export const ErrorDetails = z
  .record(z.string(), z.unknown())
  .describe("More about the error; `issues` lists refused fields");
export type ErrorDetails = z.infer<typeof ErrorDetails>;

const code = ErrorCodeSchema.describe("What went wrong; the list is closed");
const requestId = z.string().describe("Names this request in logs and traces");
const retryable = z.boolean().describe("The same request may succeed later without a change");

export const ErrorEnvelope = z.strictObject({
  error: z
    .strictObject({
      code,
      message: z.string().describe("One sentence for people"),
      details: ErrorDetails,
      requestId,
      retryable,
      docsUrl: z.string().optional().describe("Where to read more"),
    })
    .describe("The error"),
});
export type ErrorEnvelope = z.infer<typeof ErrorEnvelope>;

/** RFC 9457, served when the caller accepts `application/problem+json`. */
export const ProblemDocument = z.strictObject({
  type: z.string().describe("URN of the error code"),
  title: z.string().describe("The error code in words"),
  status: z.int().describe("HTTP status"),
  detail: z.string().describe("One sentence for people"),
  instance: z.string().describe("URN of the request"),
  code,
  requestId,
  retryable,
  details: ErrorDetails,
});
export type ProblemDocument = z.infer<typeof ProblemDocument>;
