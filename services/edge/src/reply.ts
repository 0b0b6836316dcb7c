import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { errorCodes, type ErrorCode } from "@rarity/contracts/errors";

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly requestId: string;
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
  const body = envelope(refusal);
  response.statusCode = errorCodes[refusal.code].status;
  response.setHeader("content-type", "application/json; charset=utf-8");
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
  const body = envelope(refusal);
  const { status, title } = errorCodes[refusal.code];
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      "content-type: application/json; charset=utf-8",
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${refusal.requestId}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}

function envelope({ code, message, requestId }: Refusal): string {
  const { retryable } = errorCodes[code];
  return JSON.stringify({ error: { code, message, details: {}, requestId, retryable } });
}
