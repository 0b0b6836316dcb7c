import type { z } from "zod";
import type { ErrorCode } from "./errors.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * `tenant`: a signed-in member or an API key of one organization. `user`: a signed-in person, with or
 * without an organization. `internal`: another service of the platform. `none`: anybody.
 */
export type RouteAuth = "tenant" | "user" | "internal" | "none";

export interface RouteResponse {
  readonly status: number;
  /** Absent for an empty answer (204) and for bytes. */
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly description?: string;
}

/** The handler takes the bytes as they arrive instead of getting parsed JSON. */
export interface RawBody {
  readonly contentTypes: readonly string[];
  /** A body that announces more is refused unread; the handler counts one that does not. */
  readonly maxBytes: number;
}

export interface RouteDefinition {
  readonly method: HttpMethod;
  /** Express style, `/api/messages/:id`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  readonly auth: RouteAuth;
  /** A caller needs every scope listed here (roles imply scopes, API keys carry them). */
  readonly scopes?: readonly string[];
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** An absent body is read as `{}`. */
  readonly bodyOptional?: boolean;
  readonly rawBody?: RawBody;
  readonly response: RouteResponse;
  readonly errors: readonly ErrorCode[];
  /** Takes an `Idempotency-Key` header. */
  readonly idempotent?: boolean;
}

/**
 * The codes an operation may answer with: its own, and those that follow from its shape. Every
 * answer of a service has one of these; 405 belongs to an address and not to an operation.
 */
export function codesOf(route: RouteDefinition): readonly ErrorCode[] {
  return [
    ...new Set<ErrorCode>([
      ...route.errors,
      // A body may be sent to any operation, also to one that takes none.
      "VALIDATION_FAILED",
      "MALFORMED_JSON",
      "PAYLOAD_TOO_LARGE",
      "UNSUPPORTED_MEDIA_TYPE",
      ...(route.auth === "none" ? [] : (["UNAUTHENTICATED"] as const)),
      ...(route.auth === "tenant" ? (["FORBIDDEN"] as const) : []),
      "UNAVAILABLE",
      "TIMEOUT",
      "INTERNAL",
    ]),
  ];
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

export type RouteParams<R extends RouteDefinition> = Parsed<R["params"]>;
export type RouteQuery<R extends RouteDefinition> = Parsed<R["query"]>;
export type RouteBody<R extends RouteDefinition> = R["rawBody"] extends RawBody
  ? AsyncIterable<Uint8Array>
  : Parsed<R["body"]>;
export type RouteReply<R extends RouteDefinition> = R["response"]["schema"] extends z.ZodType
  ? z.input<R["response"]["schema"]>
  : unknown;

export function defineRoute<const R extends RouteDefinition>(route: R): R {
  return route;
}

/** Fills `:name` parts of a route's path. */
export function pathOf(
  route: Pick<RouteDefinition, "path">,
  params: Record<string, string>,
): string {
  return route.path.replaceAll(/:([A-Za-z]+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`missing path parameter ${name} of ${route.path}`);
    return encodeURIComponent(value);
  });
}
