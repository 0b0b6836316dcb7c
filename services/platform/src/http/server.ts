import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance } from "fastify";
import type { Logger } from "../logger/index.ts";
import { httpMetrics, type Metrics } from "../metrics/index.ts";
import { sendError, toAppError } from "./errors.ts";
import { guard, type Guard, type GuardOptions } from "./guard.ts";
import type { Registration } from "./handle.ts";
import { parseRequest } from "./parse.ts";

export type HttpServerOptions = GuardOptions & {
  logger: Logger;
  metrics: Metrics;
  routes: readonly Registration[];
  host: string;
  port: number;
  /** Readiness: false answers 503. Liveness never asks Postgres or Redis. */
  ready: () => boolean | Promise<boolean>;
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
  const app = Fastify({
    bodyLimit: options.bodyMaxBytes ?? bodyMaxBytesDefault,
    requestTimeout: 10_000,
    keepAliveTimeout: 95_000,
    genReqId: (request) => {
      const given = request.headers["x-request-id"];
      return typeof given === "string" && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
    },
    routerOptions: { maxParamLength: 200 },
  });
  app.server.headersTimeout = 5_000;
  app.setErrorHandler((error, request, reply) => {
    const known = toAppError(error);
    if (known.code === "INTERNAL")
      options.logger.error({ err: error, requestId: request.id }, "request failed");
    return sendError(request, reply, known);
  });
  registerAdmin(app, options);
  observe(app, options.metrics);
  const check = guard(options);
  registerUnknown(app, options.routes);
  // Bytes stay bytes for the routes that say so; their own limit applies.
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  for (const registration of options.routes) registerRoute(app, check, registration);
  const url = await app.listen({ host: options.host, port: options.port });
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return { app, url, port, close: () => app.close() };
};

const registerRoute = (app: FastifyInstance, check: Guard, registration: Registration): void => {
  const { route, handler } = registration;
  app.route({
    method: route.method,
    url: route.path,
    ...(route.rawBody === undefined ? {} : { bodyLimit: route.rawBody.maxBytes }),
    handler: async (request, reply) => {
      const auth = await check(route, request);
      const parsed = parseRequest(route, request);
      void reply.code(route.response.status).header("x-request-id", request.id);
      const answer = await handler({
        ...parsed,
        auth,
        requestId: request.id,
        headers: request.headers,
        reply,
      });
      return reply.sent ? reply : reply.send(answer);
    },
  });
};

/** 404 for an unknown address, 405 with Allow for a known one with another method. */
const registerUnknown = (app: FastifyInstance, routes: readonly Registration[]): void => {
  const patterns = routes.map(({ route }) => ({
    method: route.method,
    match: new RegExp(`^${route.path.replaceAll(/:[A-Za-z]+/g, "[^/]+")}$`),
  }));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    const allowed = patterns.filter((one) => one.match.test(path)).map((one) => one.method);
    if (allowed.length === 0) return sendError(request, reply, toAppError("NOT_FOUND"));
    void reply.header("allow", [...new Set(allowed)].join(", "));
    return sendError(request, reply, toAppError("METHOD_NOT_ALLOWED"));
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

const observe = (app: FastifyInstance, metrics: Metrics): void => {
  const requests = httpMetrics(metrics);
  app.addHook("onResponse", (request, reply, done) => {
    requests.observe({
      method: request.method,
      route: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
    done();
  });
};
