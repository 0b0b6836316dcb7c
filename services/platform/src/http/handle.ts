import type {
  RouteBody,
  RouteDefinition,
  RouteParams,
  RouteQuery,
  RouteReply,
} from "@rarity/contracts/route";
import type { FastifyReply } from "fastify";
import type { AuthContext } from "../auth/index.ts";

/** What a handler gets: everything parsed and verified already. */
export type RouteRequest<R extends RouteDefinition> = {
  params: RouteParams<R>;
  query: RouteQuery<R>;
  body: RouteBody<R>;
  /** Never null on a route with auth `tenant` or `user`. */
  auth: AuthContext;
  requestId: string;
  idempotencyKey: string | undefined;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** For status codes and headers beyond the contract's, and for bytes. */
  reply: FastifyReply;
};

export type Handler<R extends RouteDefinition> = (
  request: RouteRequest<R>,
) => Promise<RouteReply<R>>;

/** A route of the contracts together with what answers it. */
export type Registration = {
  route: RouteDefinition;
  handler: (request: RouteRequest<RouteDefinition>) => Promise<unknown>;
};

/** Binds a handler to its contract; the types of parameters, query, body and answer come from there. */
export const handle = <R extends RouteDefinition>(route: R, handler: Handler<R>): Registration => ({
  route,
  // The server parses with this route's own schemas before it calls, so the shapes are R's.
  handler: handler,
});
