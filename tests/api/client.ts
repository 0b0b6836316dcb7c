import { randomUUID } from "node:crypto";
import { ErrorEnvelope, ProblemDocument, errorCodes } from "@rarity/contracts/errors";
import type { Operation } from "./operations.ts";

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly rawBody?: string | Uint8Array;
  readonly contentType?: string;
  readonly headers?: Record<string, string>;
  readonly requestId?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly requestId: string;
}

/** One request to one origin. The request id is ours, so that two answers can be compared byte by byte. */
export async function ask(origin: string, asked: Ask): Promise<Answer> {
  const { method = "GET", path = "/", query = "", requestId = randomUUID() } = asked;
  const payload = payloadOf(asked);
  const response = await fetch(`${origin}${path}${query}`, {
    method,
    headers: { "x-request-id": requestId, ...headersOf(asked, payload !== undefined) },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, requestId };
}

function payloadOf({ body, rawBody }: Ask): string | Uint8Array<ArrayBuffer> | undefined {
  if (rawBody !== undefined) return typeof rawBody === "string" ? rawBody : new Uint8Array(rawBody);
  return body === undefined ? undefined : JSON.stringify(body);
}

function headersOf({ token, contentType, headers }: Ask, hasBody: boolean): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(hasBody ? { "content-type": contentType ?? "application/json" } : {}),
    ...headers,
  };
}

/** What is wrong with an answer that should be a refusal with this code; nothing when it is right. */
export function problemsOf(
  answer: Answer,
  expected: string,
  operation: Pick<Operation, "codes">,
): string[] {
  const said = `${answer.status} ${answer.text.slice(0, 200)}`;
  const parsed = ErrorEnvelope.safeParse(parseJson(answer.text));
  if (!parsed.success) return [`not an error of the schema: ${said}`];
  const { code, requestId, retryable } = parsed.data.error;
  const known = errorCodes[code];
  const checks: [wrong: boolean, problem: string][] = [
    [code !== expected, `expected ${expected}: ${said}`],
    [answer.status !== known.status, `${code} with status ${answer.status}`],
    [retryable !== known.retryable, `retryable is ${retryable} for ${code}`],
    [requestId !== answer.requestId, "another request id in the body"],
    [answer.headers.get("x-request-id") !== answer.requestId, "another id in the header"],
    [!isDocumented(operation, answer.status, code), `${code} is not documented`],
    [!typeOf(answer).startsWith("application/json"), `content type ${typeOf(answer)}`],
    [lacksRetryAfter(answer), "no Retry-After"],
  ];
  return checks.flatMap(([wrong, problem]) => (wrong ? [problem] : []));
}

const typeOf = ({ headers }: Answer): string => headers.get("content-type") ?? "";

/** 405 belongs to an address and is documented for all of them at once. */
function isDocumented({ codes }: Pick<Operation, "codes">, status: number, code: string): boolean {
  return code === "METHOD_NOT_ALLOWED" || codes[String(status)]?.includes(code) === true;
}

function lacksRetryAfter({ status, headers }: Answer): boolean {
  if (status !== 429 && status !== 503) return false;
  return !/^\d+$/.test(headers.get("retry-after") ?? "");
}

/** The same for a caller that asked for RFC 9457. */
export function problemsOfDocument(answer: Answer, expected: string): string[] {
  const type = typeOf(answer);
  const parsed = ProblemDocument.safeParse(parseJson(answer.text));
  if (!type.startsWith("application/problem+json")) return [`content type ${type}`];
  if (!parsed.success) return [`not RFC 9457: ${answer.text.slice(0, 200)}`];
  const { code, status } = parsed.data;
  return code === expected && status === answer.status ? [] : [`${code} with ${answer.status}`];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
