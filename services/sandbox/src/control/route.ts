import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { World } from "../world.ts";

export type ControlInfo = {
  wireUrl: string;
  rootKeyHex: string;
  mediaCaPem: string;
  mediaHost: string;
};

export type ControlContext = { world: World; info: ControlInfo };

type Call<P, Q, B> = ControlContext & {
  params: P;
  query: Q;
  body: B;
  reply: FastifyReply;
};

/** One address of the control API. Its schemas check the input and make the OpenAPI page. */
export type ControlRoute = {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  summary: string;
  status: number;
  params: z.ZodType;
  query: z.ZodType;
  body: z.ZodType | undefined;
  handler(call: Call<unknown, unknown, unknown>): unknown;
};

type RouteDefinition<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = {
  method: ControlRoute["method"];
  path: string;
  summary: string;
  status?: number;
  params?: P;
  query?: Q;
  body?: B;
  handler(call: Call<z.output<P>, z.output<Q>, z.output<B>>): unknown;
};

const nothing = z.strictObject({});

type Nothing = typeof nothing;

/** Ties a handler to the types of its schemas; what is not declared is refused. */
export function controlRoute<
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
>(definition: RouteDefinition<P, Q, B>): ControlRoute {
  const { method, path, summary, status = 200, handler } = definition;
  return {
    method,
    path,
    summary,
    status,
    params: definition.params ?? nothing,
    query: definition.query ?? nothing,
    body: definition.body,
    // The server hands over exactly what the schemas gave, so the types fit again here.
    handler: (call) => handler(call as Call<z.output<P>, z.output<Q>, z.output<B>>),
  };
}

export const phoneNumber = z
  .string()
  .regex(/^\d{3,20}$/)
  .describe("Digits only, with the country code");

export const phoneParams = z.strictObject({ phone: phoneNumber });
