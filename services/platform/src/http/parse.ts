import type { RouteDefinition } from "@rarity/contracts/route";
import type { FastifyRequest } from "fastify";
import { AppError } from "../errors/index.ts";
import type { RouteRequest } from "./handle.ts";

type Parsed = Pick<RouteRequest<RouteDefinition>, "params" | "query" | "body" | "idempotencyKey">;

const idempotencyKeyOf = (route: RouteDefinition, request: FastifyRequest): string | undefined => {
  const given = request.headers["idempotency-key"];
  if (given === undefined || route.idempotent !== true) return undefined;
  if (typeof given !== "string" || !/^[\x21-\x7e]{1,255}$/.test(given)) {
    const issues = [
      { path: "Idempotency-Key", message: "1 to 255 printable characters without spaces" },
    ];
    throw new AppError("VALIDATION_FAILED", undefined, { details: { issues } });
  }
  return given;
};

const mediaType = (request: FastifyRequest): string =>
  (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

const bodyOf = (route: RouteDefinition, request: FastifyRequest): unknown => {
  if (route.rawBody !== undefined) {
    if (
      !route.rawBody.contentTypes.includes(mediaType(request)) ||
      !Buffer.isBuffer(request.body)
    ) {
      throw new AppError("UNSUPPORTED_MEDIA_TYPE");
    }
    return request.body;
  }
  if (route.body === undefined) return undefined;
  const absent = request.body === undefined || request.body === null;
  if (absent && route.bodyOptional === true) return route.body.parse({});
  if (!absent && mediaType(request) !== "application/json")
    throw new AppError("UNSUPPORTED_MEDIA_TYPE");
  return route.body.parse(request.body);
};

/** Every part by the route's own schema; what it does not name is refused. */
export const parseRequest = (route: RouteDefinition, request: FastifyRequest): Parsed => ({
  params: route.params?.parse(request.params),
  query: route.query?.parse(request.query),
  body: bodyOf(route, request),
  idempotencyKey: idempotencyKeyOf(route, request),
});
