import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { errorCodes, type ErrorCode } from "@rarity/contracts/errors";
import { AppError, toEnvelope, toProblem } from "@rarity/platform/errors";

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly requestId: string;
  /** The caller asked for `application/problem+json`. */
  readonly asProblem: boolean;
  readonly retryAfterS?: number;
  /** The request's body was not read to its end, so the connection cannot carry another request. */
  readonly closeConnection?: boolean;
}

/** Answers in the platform's error envelope. Does nothing when an answer is already on its way. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { body, contentType } = render(refusal);
  response.statusCode = errorCodes[refusal.code].status;
  response.setHeader("content-type", contentType);
  response.setHeader("content-length", Buffer.byteLength(body));
  response.setHeader("cache-control", "no-store");
  if (refusal.retryAfterS !== undefined) {
    response.setHeader("retry-after", String(refusal.retryAfterS));
  }
  if (refusal.closeConnection === true) response.setHeader("connection", "close");
  response.end(body);
}

/** The same for a socket that asked for an upgrade and has no response object. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { body, contentType } = render(refusal);
  const { status, title } = errorCodes[refusal.code];
  const retryAfter =
    refusal.retryAfterS === undefined ? [] : [`retry-after: ${refusal.retryAfterS}`];
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      `content-type: ${contentType}`,
      ...retryAfter,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${refusal.requestId}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}

/** What the caller of a request wants to know and how. */
export function answerTo(
  request: Pick<IncomingMessage, "headers">,
  requestId: string,
): Pick<Refusal, "requestId" | "asProblem"> {
  const accept = request.headers.accept ?? "";
  return { requestId, asProblem: accept.includes("application/problem+json") };
}

function render({ code, message, requestId, asProblem }: Refusal): {
  body: string;
  contentType: string;
} {
  const error = new AppError(code, message);
  return asProblem
    ? {
        body: JSON.stringify(toProblem(error, requestId)),
        contentType: "application/problem+json; charset=utf-8",
      }
    : {
        body: JSON.stringify(toEnvelope(error, requestId)),
        contentType: "application/json; charset=utf-8",
      };
}
