import type { RawBody, RouteDefinition } from "@rarity/contracts/route";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError } from "../errors/index.ts";
import type { RouteRequest } from "./handle.ts";
import { refuseUnstorable } from "./refuse-unstorable.ts";

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

type Place = "params" | "query" | "body";

/** Where and what, never the value: requests hold texts and phone numbers. */
const parsePart = (place: Place, schema: z.ZodType | undefined, value: unknown): unknown => {
  if (schema === undefined) return undefined;
  refuseUnstorable(value);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
    path: path.map(String).join("."),
    message,
    in: place,
  }));
  throw new AppError("VALIDATION_FAILED", undefined, { details: { issues } });
};

const nothing = z.strictObject({});

async function* noBytes(): AsyncGenerator<Uint8Array> {
  // Nothing to yield.
}

const rawBodyOf = (rules: RawBody, request: FastifyRequest): unknown => {
  if (!rules.contentTypes.includes(mediaType(request))) {
    throw new AppError("UNSUPPORTED_MEDIA_TYPE");
  }
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > rules.maxBytes) throw new AppError("PAYLOAD_TOO_LARGE");
  return request.body ?? noBytes();
};

const bodyOf = (route: RouteDefinition, request: FastifyRequest): unknown => {
  const { body } = request;
  if (route.rawBody !== undefined) return rawBodyOf(route.rawBody, request);
  const mayBeAbsent = route.body === undefined || route.bodyOptional === true;
  if (body !== undefined && !(body === null && mayBeAbsent)) {
    return parsePart("body", route.body ?? nothing, body);
  }
  if (mayBeAbsent) {
    return parsePart("body", route.body, {});
  }
  if (mediaType(request) === "application/json") throw new AppError("MALFORMED_JSON");
  return parsePart("body", route.body, undefined);
};

/** A body of a type this route does not take is refused before it is read. */
export const refuseMedia = (route: RouteDefinition, request: FastifyRequest): void => {
  const { headers } = request;
  const length = headers["content-length"] ?? "0";
  if (headers["transfer-encoding"] === undefined && Number(length) === 0) return;
  const accepted = route.rawBody?.contentTypes ?? ["application/json"];
  if (!accepted.includes(mediaType(request))) throw new AppError("UNSUPPORTED_MEDIA_TYPE");
};

/** Every part by the route's own schema; what it does not name is refused. */
export const parseRequest = (route: RouteDefinition, request: FastifyRequest): Parsed => ({
  params: parsePart("params", route.params, request.params),
  query: parsePart("query", route.query ?? nothing, request.query),
  body: bodyOf(route, request),
  idempotencyKey: idempotencyKeyOf(route, request),
});
