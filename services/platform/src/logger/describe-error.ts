/** What a log may say about an error: never a value that a person wrote. */
export interface DescribedError {
  type: string;
  message: string;
  code?: string;
  /** Of a refusal by Postgres: which rule said no. */
  rule?: string;
  stack?: string;
  cause?: DescribedError;
}

const causesMax = 4;
const sqlState = /^[0-9A-Z]{5}$/;

/**
 * Only what is listed is taken. Libraries hang requests, rows and payloads on their errors, Postgres
 * quotes values in its messages, and the JSON parser quotes its input.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: "not an error" };
  const { code, constraint, cause } = error as { code?: unknown; constraint?: unknown } & Error;
  const message = safeMessage(error);
  return {
    type: error.name,
    message,
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof constraint === "string" ? { rule: constraint } : {}),
    ...(error.stack === undefined ? {} : { stack: framesOf(error.stack) }),
    ...(cause === undefined || depth >= causesMax
      ? {}
      : { cause: describeError(cause, depth + 1) }),
  };
}

function safeMessage(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  const fromDatabase = typeof code === "string" && sqlState.test(code) && "severity" in error;
  if (fromDatabase) return `Postgres refused with ${code}`;
  if (error instanceof SyntaxError && error.message.includes("JSON")) return "not valid JSON";
  return hideAddresses(error.message);
}

/** Phone numbers with a plus, and the addresses of chats, whose first part is a number. */
function hideAddresses(text: string): string {
  return text
    .replaceAll(/\+\d{7,15}/g, "[number]")
    .replaceAll(/\b\d{5,20}(?::\d+)?@[\w.]+/g, "[address]");
}

/** Where, without the first lines, which repeat the message. */
function framesOf(stack: string): string {
  return stack
    .split("\n")
    .filter((line) => line.trimStart().startsWith("at "))
    .slice(0, 12)
    .join("\n");
}
