import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ObjectStore } from "../cluster/local/object-store.ts";
import { parseApiPath } from "./api-path.ts";
import { refuseCaller } from "./guard.ts";
import { handleObjects } from "./handle-objects.ts";
import { HttpError, toStatus } from "./http-error.ts";
import { listen } from "./listen.ts";
import { readBody } from "./read-body.ts";
import { sendJson } from "./send-json.ts";

export interface ApiServerDeps {
  store: ObjectStore;
  token: string;
  host: string;
  port: number;
  isReady: () => boolean;
  metrics: () => Promise<{ contentType: string; text: string }>;
  onError: (error: unknown) => void;
}

export interface ApiServer {
  port: number;
  close(): Promise<void>;
}

/** The operator's listener: health, metrics, and the objects under the paths Kubernetes uses. */
export const startApiServer = async (deps: ApiServerDeps): Promise<ApiServer> => {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 30_000 },
    (request, response) => {
      respond(deps, request, response).catch((error: unknown) => {
        sendFailure(deps, response, error);
      });
    },
  );
  const port = await listen(server, deps.host, deps.port);
  return {
    port,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
};

const respond = async (
  deps: ApiServerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://operator");
  if (pathname === "/livez") {
    sendJson(response, 200, { status: "live" });
    return;
  }
  if (pathname === "/readyz") {
    const ready = deps.isReady();
    sendJson(response, ready ? 200 : 503, { status: ready ? "ready" : "not ready" });
    return;
  }
  if (pathname === "/metrics") {
    const { contentType, text } = await deps.metrics();
    response.writeHead(200, { "content-type": contentType }).end(text);
    return;
  }
  const target = parseApiPath(pathname);
  if (target === undefined) throw new HttpError(404, "NotFound", "nothing is served here");
  const refusal = refuseCaller(request.headers, target.resource, deps.token);
  if (refusal !== undefined) {
    const reason = refusal.code === 401 ? "Unauthorized" : "Forbidden";
    throw new HttpError(refusal.code, reason, refusal.message);
  }
  const { code, body } = await handleObjects(deps.store, {
    method: request.method ?? "GET",
    target,
    query: searchParams,
    readBody: async () => readBody(request),
  });
  sendJson(response, code, body);
};

const sendFailure = (deps: ApiServerDeps, response: ServerResponse, error: unknown): void => {
  const known = toStatus(error);
  if (known === undefined) deps.onError(error);
  const internal = new HttpError(500, "InternalError", "the request failed");
  const { code, body } = known ?? toStatus(internal) ?? { code: 500, body: {} };
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What is left of an unread body is not waited for.
  response.setHeader("connection", "close");
  sendJson(response, code, body);
};
