import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { AuthContext } from "../auth/index.ts";
import { refuseConnection } from "../errors/refuse-connection.ts";
import type { Logger } from "../logger/index.ts";
import { httpMetrics, type Metrics } from "../metrics/index.ts";
import { startServerSpan, type ServerSpan } from "../telemetry/index.ts";
import { sendError, toAppError } from "./errors.ts";
import { guard, type Guard, type GuardOptions } from "./guard.ts";
import type { Registration } from "./handle.ts";
import { parseRequest, refuseMedia } from "./parse.ts";

declare module "fastify" {
  interface FastifyRequest {
    caller: AuthContext | null;
    span: ServerSpan | null;
  }
}

export type HttpServerOptions = GuardOptions & {
  logger: Logger;
  metrics: Metrics;
  routes: readonly Registration[];
  host: string;
  port: number;
  /** Readiness: false answers 503. Liveness never asks Postgres or Redis. */
  ready: () => boolean | Promise<boolean>;
  /** True while it stops: every answer then closes its connection, so that none is cut under a request. */
  draining?: () => boolean;
  bodyMaxBytes?: number;
};

export type HttpServer = {
  app: FastifyInstance;
  url: string;
  port: number;
  close: () => Promise<void>;
};

const bodyMaxBytesDefault = 1_048_576;

/** Fastify with the contracts' routes, the one error envelope, health and metrics. */
export const createHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const app = createApp(options);
  registerAdmin(app, options);
  observe(app, options.metrics);
  if (options.draining !== undefined) letGo(app, options.draining);
  registerUnknown(app, options.routes);
  registerParsers(app);
  app.decorateRequest("caller", null);
  app.decorateRequest("span", null);
  const check = guard(options);
  const isRaw = ({ route }: Registration): boolean => route.rawBody !== undefined;
  for (const registration of options.routes.filter((one) => !isRaw(one))) {
    registerRoute(app, check, registration);
  }
  await app.register((raw, _options, done) => {
    // Bytes stay bytes, and nobody has read them before the caller is known.
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser("*", (_request, payload, ready) => ready(null, payload));
    for (const registration of options.routes.filter(isRaw))
      registerRoute(raw, check, registration);
    done();
  });
  const url = await app.listen({ host: options.host, port: options.port });
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return { app, url, port, close: () => app.close() };
};

const createApp = (options: HttpServerOptions): FastifyInstance => {
  const app = Fastify({
    bodyLimit: options.bodyMaxBytes ?? bodyMaxBytesDefault,
    requestTimeout: 10_000,
    keepAliveTimeout: 95_000,
    // A caller that could not know yet is served; the answer closes its connection.
    return503OnClosing: false,
    // Looked at every second: at Node's 30 s a slow client would hold its connection that long.
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    genReqId: (request) => {
      const given = request.headers["x-request-id"];
      return typeof given === "string" && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
    },
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => void sendError(request, reply, toAppError(error)),
    clientErrorHandler: refuseConnection,
  });
  app.setErrorHandler((error, request, reply) => {
    const known = toAppError(error);
    const about = { err: error, requestId: request.id };
    if (known.code === "INTERNAL") options.logger.error(about, "request failed");
    if (known.code === "UNAVAILABLE") options.logger.debug(about, "request not served");
    return sendError(request, reply, known);
  });
  return app;
};

/** JSON is text in UTF-8 and nothing else. */
const registerParsers = (app: FastifyInstance): void => {
  const parseJson = app.getDefaultJsonParser("error", "error");
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    let text: string;
    try {
      text = utf8.decode(body as Buffer);
    } catch {
      done(toAppError("MALFORMED_JSON"));
      return;
    }
    void parseJson(request, text, done);
  });
};

const registerRoute = (app: FastifyInstance, check: Guard, registration: Registration): void => {
  const { route, handler } = registration;
  app.route({
    method: route.method,
    url: route.path,
    ...(route.rawBody === undefined ? {} : { bodyLimit: route.rawBody.maxBytes }),
    // Before a byte of the body is read: who may not come in cannot make us hold or parse anything.
    onRequest: async (request) => {
      request.span = startServerSpan(route, request.headers) ?? null;
      request.caller = await check(route, request);
      refuseMedia(route, request);
    },
    handler: (request, reply) => {
      const answer = async (): Promise<unknown> => {
        const parsed = parseRequest(route, request);
        void reply.code(route.response.status).header("x-request-id", request.id);
        const value = await handler({
          ...parsed,
          auth: callerOf(request),
          requestId: request.id,
          headers: request.headers,
          reply,
        });
        return reply.sent ? reply : reply.send(value);
      };
      return request.span === null ? answer() : request.span.run(answer);
    },
  });
};

const callerOf = (request: FastifyRequest): AuthContext => {
  if (request.caller === null) throw toAppError("UNAUTHENTICATED");
  return request.caller;
};

/** 404 for an unknown address, 405 with Allow for a known one with another method. */
const registerUnknown = (app: FastifyInstance, routes: readonly Registration[]): void => {
  const patterns = routes.map(({ route }) => ({
    method: route.method,
    match: new RegExp(`^${route.path.replaceAll(/:[A-Za-z]+/g, "[^/]+")}$`),
  }));
  // Before the body is read, as everywhere else.
  app.addHook("onRequest", async (request, reply) => {
    if (!request.is404) return;
    const path = request.url.split("?")[0] ?? "";
    const allowed = patterns.filter((one) => one.match.test(path)).map((one) => one.method);
    if (allowed.length > 0) void reply.header("allow", [...new Set(allowed)].join(", "));
    const code = allowed.length === 0 ? "NOT_FOUND" : "METHOD_NOT_ALLOWED";
    return sendError(request, reply, toAppError(code));
  });
};

const registerAdmin = (app: FastifyInstance, options: HttpServerOptions): void => {
  app.get("/livez", () => ({ status: "live" }));
  app.get("/readyz", async (_request, reply) => {
    const ready = await options.ready();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not ready" });
  });
  app.get("/metrics", async (_request, reply) =>
    reply.type(options.metrics.registry.contentType).send(await options.metrics.registry.metrics()),
  );
};

const letGo = (app: FastifyInstance, draining: () => boolean): void => {
  app.addHook("onRequest", (_request, reply, done) => {
    if (draining()) void reply.header("connection", "close");
    done();
  });
};

const observe = (app: FastifyInstance, metrics: Metrics): void => {
  const requests = httpMetrics(metrics);
  app.addHook("onResponse", (request, reply, done) => {
    requests.observe({
      method: request.method,
      route: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
    request.span?.end(reply.statusCode);
    done();
  });
};
