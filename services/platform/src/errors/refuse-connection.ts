import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { AppError } from "./app-error.ts";
import { toEnvelope } from "./envelopes.ts";

/**
 * For a server's `clientError`: what is not HTTP, or came too slowly, has no request to answer, so
 * the answer goes to the socket, which is closed.
 */
export function refuseConnection(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
    return;
  }
  const refusal = new AppError("VALIDATION_FAILED", "This is not a request in HTTP");
  const body = JSON.stringify(toEnvelope(refusal, randomUUID()));
  socket.end(
    "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n" +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
