import { ErrorEnvelope } from "@rarity/contracts/errors";
import { z } from "zod";
import type { ControlRoute } from "./route.ts";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 description of the control API, built from the schemas that check it. */
export function buildOpenApi(routes: ControlRoute[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "WhatsApp wire sandbox: control API", version: "0.1.0" },
    paths,
    components: { schemas: { ErrorEnvelope: jsonSchema(ErrorEnvelope) } },
  };
}

function operation(route: ControlRoute): Json {
  const failure = { $ref: "#/components/schemas/ErrorEnvelope" };
  const described: Json = {
    summary: route.summary,
    parameters: [...parameters(route.params, "path"), ...parameters(route.query, "query")],
    responses: {
      [route.status]: { description: "Done" },
      default: { description: "Refused", content: { "application/json": { schema: failure } } },
    },
  };
  if (route.body !== undefined) {
    const content = { "application/json": { schema: jsonSchema(route.body) } };
    described["requestBody"] = { required: true, content };
  }
  return described;
}

function parameters(schema: z.ZodType, where: "path" | "query"): Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema) as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: property,
  }));
}

const jsonSchema = (schema: z.ZodType): Json => z.toJSONSchema(schema, { io: "input" });
