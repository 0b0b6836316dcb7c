import { z } from "zod";
import { errorCodes, ErrorEnvelope, ProblemDocument } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";
import { IdempotencyKey } from "./ids.ts";
import { codesOf, type RouteDefinition } from "./route.ts";

type Json = Record<string, unknown>;

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly servers?: readonly { url: string; description?: string }[];
}

const general = [
  "Errors are `{ error: { code, message, details, requestId, retryable } }`, or RFC 9457 when",
  "`Accept` asks for `application/problem+json`. Unknown fields are refused. An id of another",
  "organization is answered like one that does not exist. A known address answers a method it does",
  "not take with 405 METHOD_NOT_ALLOWED and `Allow`. A request with `X-Request-Id` keeps that id.",
].join(" ");

/** Builds an OpenAPI 3.1 document from the routes that also validate. Pure: same routes, same text. */
export function buildOpenApi(routes: readonly RouteDefinition[], options: OpenApiOptions): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: "3.1.0",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: options.title,
      version: options.version,
      description: options.description ?? general,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    ...(options.servers ? { servers: options.servers } : {}),
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: {
        Error: schemaOf(ErrorEnvelope, "output"),
        Problem: schemaOf(ProblemDocument, "output"),
      },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "A user's access token, or an API key that starts with rlk_",
        },
        internal: { type: "http", scheme: "bearer", description: "The platform's internal token" },
      },
    },
  };
}

function operationOf(route: RouteDefinition): Json {
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    ...securityOf(route),
    ...parametersOf(route),
    ...requestBodyOf(route),
    responses: { [route.response.status]: successOf(route), ...failuresOf(route) },
  };
}

function securityOf(route: RouteDefinition): Json {
  if (route.auth === "none") return { security: [] };
  if (route.auth === "internal") return { security: [{ internal: [] }] };
  const scopes = route.scopes ?? [];
  return { security: [{ bearer: scopes }], ...(scopes.length > 0 ? { "x-scopes": scopes } : {}) };
}

function parametersOf(route: RouteDefinition): Json {
  const parameters = [
    ...parametersIn("path", route.params),
    ...parametersIn("query", route.query),
    ...(route.idempotent ? [idempotencyHeader()] : []),
  ];
  return parameters.length > 0 ? { parameters } : {};
}

function parametersIn(place: "path" | "query", schema: z.ZodType | undefined): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function idempotencyHeader(): Json {
  return {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description: "Repeating a request with the same key answers the first reply again for 7 days",
    schema: schemaOf(IdempotencyKey, "input"),
  };
}

function requestBodyOf(route: RouteDefinition): Json {
  if (route.rawBody) {
    const content = route.rawBody.contentTypes.map((type) => [type, {}] as const);
    return { requestBody: { required: true, content: Object.fromEntries(content) } };
  }
  if (!route.body) return {};
  const content = { "application/json": { schema: schemaOf(route.body, "input") } };
  return { requestBody: { required: route.bodyOptional !== true, content } };
}

function successOf(route: RouteDefinition): Json {
  const { schema, contentType = "application/json", description } = route.response;
  const text = description ?? route.summary;
  if (schema) {
    return {
      description: text,
      content: { [contentType]: { schema: schemaOf(schema, "output") } },
    };
  }
  if (route.response.contentType) return { description: text, content: { [contentType]: {} } };
  return { description: text };
}

/** Codes that share a status are one response that names them all. */
function failuresOf(route: RouteDefinition): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codesOf(route)) {
    const { status } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(entries.map(([status, codes]) => [status, failureOf(codes)]));
}

/** Statuses that always say when to come back. */
const comeBack: ReadonlySet<number> = new Set([429, 503]);
const retryAfter = {
  "Retry-After": {
    description: "Seconds to wait before the next try",
    schema: { type: "integer" },
  },
};

function failureOf(codes: readonly ErrorCode[]): Json {
  return {
    description: codes.map((code) => `${code}: ${errorCodes[code].title}`).join("\n\n"),
    "x-error-codes": codes,
    ...(codes.some((code) => comeBack.has(errorCodes[code].status)) ? { headers: retryAfter } : {}),
    content: {
      "application/json": { schema: { $ref: "#/components/schemas/Error" } },
      "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
    },
  };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const json = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    target: "draft-2020-12",
  }) as Json;
  delete json["$schema"];
  return json;
}
