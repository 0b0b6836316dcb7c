import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { AppError, toEnvelope } from "@rarity/platform/errors";
import { fastify, type FastifyInstance } from "fastify";
import type { World } from "../world.ts";
import { asControlError, parsePart } from "./errors.ts";
import { buildOpenApi } from "./openapi.ts";
import { registerPage } from "./page.ts";
import type { ControlContext, ControlInfo, ControlRoute } from "./route.ts";
import { controlRoutes } from "./routes/index.ts";

export type { ControlInfo } from "./route.ts";

const BODY_LIMIT = 32 * 1024 * 1024;

/** The HTTP control API, its description and the page for people. */
export async function startControl(
  world: World,
  info: ControlInfo,
  listen: { host: string; port: number },
): Promise<{ port: number; close(): Promise<void> }> {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: BODY_LIMIT,
    genReqId: () => randomUUID(),
  });
  answerErrors(app, world);
  for (const route of controlRoutes) registerRoute(app, { world, info }, route);
  const description = buildOpenApi(controlRoutes);
  app.get("/openapi.json", () => description);
  registerPage(app);
  await app.listen(listen);
  const { port } = app.server.address() as AddressInfo;
  return { port, close: () => app.close() };
}

function answerErrors(app: FastifyInstance, world: World): void {
  app.setErrorHandler((error, request, reply) => {
    const known = asControlError(error);
    if (known.code === "INTERNAL") world.logger.error({ err: error }, "control request failed");
    return reply.code(known.status).send(toEnvelope(known, request.id));
  });
  app.setNotFoundHandler((request, reply) => {
    const missing = new AppError("NOT_FOUND");
    return reply.code(missing.status).send(toEnvelope(missing, request.id));
  });
}

function registerRoute(app: FastifyInstance, context: ControlContext, route: ControlRoute): void {
  app.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      const params = parsePart(route.params, request.params, "params");
      const query = parsePart(route.query, request.query, "query");
      const body =
        route.body === undefined ? undefined : parsePart(route.body, request.body ?? {}, "body");
      reply.code(route.status);
      const answer = await route.handler({ ...context, params, query, body, reply });
      return route.status === 204 ? reply.send() : answer;
    },
  });
}
