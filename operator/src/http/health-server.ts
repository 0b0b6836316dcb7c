import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "./listen.ts";
import { sendJson } from "./send-json.ts";

export interface HealthServerDeps {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** What keeps this process from being ready, in words; empty when nothing does. */
  pending: () => readonly string[];
  metrics: () => Promise<{ contentType: string; text: string }>;
  onError: (error: unknown) => void;
}

export interface HealthServer {
  port: number;
  close(): Promise<void>;
}

/** For probes and for who reads metrics: /livez, /readyz and /metrics, and nothing else. */
export const startHealthServer = async (deps: HealthServerDeps): Promise<HealthServer> => {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 100_000 },
    (request, response) => {
      request.resume();
      respond(deps, request, response).catch((error: unknown) => {
        deps.onError(error);
        if (response.headersSent) response.destroy();
        else sendJson(response, 500, { status: "failed" });
      });
    },
  );
  server.maxConnections = 100;
  const port = await listen(server, deps.host, deps.port);
  return {
    port,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const respond = async (
  deps: HealthServerDeps,
  { url = "/" }: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const [path] = url.split("?");
  if (path === "/livez") {
    sendJson(response, 200, { status: "live" });
  } else if (path === "/readyz") {
    const pending = deps.pending();
    if (pending.length === 0) sendJson(response, 200, { status: "ready" });
    else sendJson(response, 503, { status: "not ready", pending });
  } else if (path === "/metrics") {
    const { contentType, text } = await deps.metrics();
    response.writeHead(200, { "content-type": contentType }).end(text);
  } else {
    sendJson(response, 404, { status: "not found" });
  }
};
