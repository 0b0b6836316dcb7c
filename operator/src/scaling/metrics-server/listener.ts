import { constants } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { SecureContextOptions } from "node:tls";
import { listen } from "../../http/listen.ts";
import { handleRequest, type HandlerDeps } from "./handle-request.ts";
import { failure, type Answer } from "./status.ts";

export interface ListenerOptions {
  host: string;
  port: number;
  tls: ListenerTls;
}

export interface ListenerTls {
  certPem: string;
  keyPem: string;
  /** Authorities of the front proxy; undefined trusts nobody's certificate. */
  clientCaPem: string | undefined;
}

export interface Listener {
  port: number;
  /** Takes new certificates. Whoever was let in under other authorities has to come again. */
  useTls: (tls: ListenerTls) => void;
  close: () => Promise<void>;
}

const connectionsMax = 256;
/** The API server keeps connections for 90 seconds; closing one earlier would race its next request. */
const keepAliveMs = 100_000;
const requestMs = 10_000;
/** Answers come from memory; a connection that asks for nothing is not waited for. */
const closeMs = 1_000;

/** The HTTPS listener. Client certificates are asked for; what they are worth the handler decides. */
export const startListener = async (
  deps: HandlerDeps,
  { host, port, tls }: ListenerOptions,
): Promise<Listener> => {
  let current = tls;
  const server = createServer(
    {
      ...secureContext(tls),
      requestCert: true,
      rejectUnauthorized: false,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: requestMs,
      requestTimeout: requestMs,
    },
    (request, response) => {
      request.resume();
      void answerOf(deps, request).then(({ code, body, contentType }) => {
        const text = typeof body === "string" ? body : JSON.stringify(body);
        response.writeHead(code, {
          "content-type": contentType ?? "application/json",
          "content-length": Buffer.byteLength(text),
          ...(code === 401 ? { "www-authenticate": "Bearer" } : {}),
        });
        response.end(text);
      });
    },
  );
  server.maxConnections = connectionsMax;
  // A peer that speaks no TLS, or lets go in between, is its own problem.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const listening = await listen(server, host, port);
  return {
    port: listening,
    useTls: (next) => {
      if (JSON.stringify(next) === JSON.stringify(current)) return;
      const hasOtherClients = next.clientCaPem !== current.clientCaPem;
      current = next;
      server.setSecureContext(secureContext(next));
      if (hasOtherClients) server.closeAllConnections();
      else server.closeIdleConnections();
    },
    close: () => close(server),
  };
};

const secureContext = ({ certPem, keyPem, clientCaPem }: ListenerTls): SecureContextOptions => ({
  cert: certPem,
  key: keyPem,
  // An empty list: without one, every public authority would be trusted.
  ca: clientCaPem ?? [],
  minVersion: "TLSv1.2",
  secureOptions: constants.SSL_OP_NO_TICKET,
});

const answerOf = async (
  deps: HandlerDeps,
  request: Parameters<typeof handleRequest>[1],
): Promise<Answer> => {
  try {
    return await handleRequest(deps, request);
  } catch (error) {
    deps.onError(error);
    return failure(500, "the request could not be answered");
  }
};

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), closeMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
