import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { refuseConnection } from "@rarity/platform/errors";
import { startServerSpan, type ServerSpan } from "@rarity/platform/telemetry";
import { declaredLength } from "./body-limit.ts";
import { acceptableRequestId, forwardedHeaders, hopsOf } from "./domain/forwarded.ts";
import { findService, httpRoutes, safePathname, socketRoutes } from "./domain/route-table.ts";
import type { ServiceName } from "./domain/route-table.ts";
import type { Passage, Proxy } from "./proxy.ts";
import { answerTo, refuse, refuseUpgrade, type Refusal } from "./reply.ts";

export interface EdgeDeps {
  readonly proxy: Proxy;
  readonly targets: Record<ServiceName, string>;
  /** Pages the edge answers itself, by path. */
  readonly pages: ReadonlyMap<string, () => Page | Promise<Page>>;
  readonly newRequestId: () => string;
  readonly onFailure: (service: ServiceName | "edge", requestId: string, error: Error) => void;
  readonly onFinish: (service: ServiceName | "edge", status: number, seconds: number) => void;
  readonly limits: EdgeLimits;
}

interface EdgeLimits {
  readonly trustedProxies: number;
  readonly hopsMax: number;
  readonly bodyBytesMax: number;
  readonly mediaBytesMax: number;
  readonly connectionsMax: number;
}

export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** The single origin: checks a request, names it, and passes it to the service that owns its path. */
export function createEdgeServer(deps: EdgeDeps): Server {
  const server = createServer({
    headersTimeout: 5_000,
    // Long enough for a large upload on a slow line; slow headers end after five seconds.
    requestTimeout: 60_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = deps.limits.connectionsMax;
  server.on("request", (request, response) => passRequest(deps, request, response));
  server.on("clientError", refuseConnection);
  server.on("upgrade", (request, socket, head) => passUpgrade(deps, request, socket, head));
  return server;
}

function passRequest(deps: EdgeDeps, request: IncomingMessage, response: ServerResponse): void {
  const requestId = acceptableRequestId(request.headers["x-request-id"]) ?? deps.newRequestId();
  const pathname = safePathname(request.url ?? "");
  const service = pathname === undefined ? undefined : findService(httpRoutes, pathname);
  const span = traceRequest(request, pathname, service);
  observe(deps, { service: service ?? "edge", response, span });
  setCommonHeaders(response, requestId);

  if (servesPage(deps, request, response, { pathname, requestId })) return;
  const refusal = checkRequest(deps, request, { pathname, service });
  if (refusal !== undefined || service === undefined) {
    refuse(response, { ...(refusal ?? nothingHere), ...answerTo(request, requestId) });
    return;
  }
  const bodyMax = bodyLimit(deps.limits, pathname);
  const to = passage(deps, request, service, requestId);
  continueTrace(request, span);
  deps.proxy.request(request, response, to, bodyMax);
}

/** Whether the path is one of the edge's own pages, which then answers. */
function servesPage(
  deps: EdgeDeps,
  request: IncomingMessage,
  response: ServerResponse,
  { pathname, requestId }: { pathname: string | undefined; requestId: string },
): boolean {
  const page = pathname === undefined ? undefined : deps.pages.get(pathname);
  if (page === undefined) return false;
  servePage(request, response, page, requestId).catch((error: unknown) => {
    deps.onFailure("edge", requestId, error as Error);
    const message = "The page cannot be made";
    refuse(response, { code: "INTERNAL", message, ...answerTo(request, requestId) });
  });
  return true;
}

function passUpgrade(deps: EdgeDeps, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const requestId = acceptableRequestId(request.headers["x-request-id"]) ?? deps.newRequestId();
  const pathname = safePathname(request.url ?? "");
  const service = pathname === undefined ? undefined : findService(socketRoutes, pathname);
  const refusal = checkRequest(deps, request, { pathname, service });
  if (refusal !== undefined || service === undefined) {
    refuseUpgrade(socket, { ...(refusal ?? nothingHere), ...answerTo(request, requestId) });
    return;
  }
  deps.proxy.upgrade(request, socket, head, passage(deps, request, service, requestId));
}

const nothingHere = { code: "NOT_FOUND", message: "There is nothing at this address" } as const;

interface Destination {
  readonly pathname: string | undefined;
  readonly service: ServiceName | undefined;
}

/** Why a request goes no further, or undefined when it may. */
function checkRequest(
  deps: EdgeDeps,
  request: IncomingMessage,
  { pathname, service }: Destination,
): Omit<Refusal, "requestId" | "asProblem"> | undefined {
  if (pathname === undefined) {
    return { code: "VALIDATION_FAILED", message: "The path is ambiguous", closeConnection: true };
  }
  if (service === undefined) return { ...nothingHere, closeConnection: hasBody(request) };
  if (hopsOf(request.headers) >= deps.limits.hopsMax) {
    const message = "The request passed too many proxies: they route in a circle";
    return { code: "UNAVAILABLE", message, retryAfterS: 1, closeConnection: true };
  }
  if ((declaredLength(request) ?? 0) > bodyLimit(deps.limits, pathname)) {
    const message = "The body is larger than allowed";
    return { code: "PAYLOAD_TOO_LARGE", message, closeConnection: true };
  }
  return undefined;
}

function passage(
  deps: EdgeDeps,
  request: IncomingMessage,
  service: ServiceName,
  requestId: string,
): Passage {
  const { connection } = request.headers;
  const upgrading = request.headers.upgrade !== undefined && /upgrade/i.test(connection ?? "");
  request.headers = forwardedHeaders(request.headers, {
    remoteAddress: plainAddress(request.socket.remoteAddress),
    encrypted: (request.socket as Partial<TLSSocket>).encrypted === true,
    requestId,
    trustedProxies: deps.limits.trustedProxies,
  });
  if (upgrading) request.headers.connection = "Upgrade";
  else delete request.headers.connection;
  return {
    target: deps.targets[service],
    requestId,
    onFailure: (error) => deps.onFailure(service, requestId, error),
  };
}

/** An IPv4 caller on a dual-stack socket is written the way IPv4 is written everywhere else. */
function plainAddress(address: string | undefined): string {
  return (address ?? "unknown").replace(/^::ffff:(?=\d+\.)/, "");
}

function bodyLimit(limits: EdgeLimits, pathname: string | undefined): number {
  return pathname === "/api/media" ? limits.mediaBytesMax : limits.bodyBytesMax;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  make: () => Page | Promise<Page>,
  requestId: string,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    const message = "This address only takes GET";
    refuse(response, {
      code: "METHOD_NOT_ALLOWED",
      message,
      ...answerTo(request, requestId),
      closeConnection: hasBody(request),
    });
    return;
  }
  const page = await make();
  response.statusCode = page.status;
  response.setHeader("content-type", page.contentType);
  response.setHeader("content-length", Buffer.byteLength(page.body));
  for (const [name, value] of Object.entries(page.headers ?? {})) response.setHeader(name, value);
  response.end(request.method === "HEAD" ? undefined : page.body);
}

/** A service may set these itself; what it says replaces what is said here. */
function setCommonHeaders(response: ServerResponse, requestId: string): void {
  response.setHeader("x-request-id", requestId);
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("x-frame-options", "DENY");
  response.setHeader("cross-origin-resource-policy", "same-origin");
}

/**
 * A trace begins here: a caller's own would let it choose what we record. Named by the part of the
 * route table that matched, because the rest of a path holds ids.
 */
function traceRequest(
  { method = "" }: IncomingMessage,
  pathname: string | undefined,
  service: ServiceName | undefined,
): ServerSpan | undefined {
  if (pathname === undefined || service === undefined) return undefined;
  const prefix = httpRoutes.find((entry) => pathname.startsWith(entry.prefix))?.prefix;
  return startServerSpan({ method, path: prefix ?? "/" }, {});
}

function continueTrace(request: IncomingMessage, span: ServerSpan | undefined): void {
  if (span?.traceparent !== undefined) request.headers["traceparent"] = span.traceparent;
}

function observe(
  deps: EdgeDeps,
  {
    service,
    response,
    span,
  }: { service: ServiceName | "edge"; response: ServerResponse; span: ServerSpan | undefined },
): void {
  const startedAt = performance.now();
  response.once("close", () => {
    span?.end(response.statusCode);
    const seconds = (performance.now() - startedAt) / 1000;
    deps.onFinish(service, response.statusCode, seconds);
  });
}
