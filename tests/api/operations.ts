import { publicRoutes } from "@rarity/contracts/api";
import { buildOpenApi } from "@rarity/contracts/openapi";
import type { RouteDefinition } from "@rarity/contracts/route";

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: Schema;
}

/** One operation as the OpenAPI document tells it, with the contract it was made from. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly route: RouteDefinition;
  readonly parameters: readonly Parameter[];
  /** Absent for an operation without a body, and for one that takes bytes. */
  readonly body: Schema | undefined;
  /** Documented error codes by status. */
  readonly codes: Readonly<Record<string, readonly string[]>>;
}

interface Documented {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
  responses: Record<string, { "x-error-codes"?: string[] }>;
}

/** Every public operation, read from the document that callers read. */
export function operations(): Operation[] {
  const document = buildOpenApi(publicRoutes, { title: "test", version: "0" });
  const paths = document["paths"] as Record<string, Record<string, Documented>>;
  return publicRoutes.map((route) => {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, "{$1}");
    const documented = paths[path]?.[route.method.toLowerCase()];
    if (documented === undefined) throw new Error(`${route.operationId} is not documented`);
    return {
      id: documented.operationId,
      method: route.method,
      path,
      route,
      parameters: documented.parameters ?? [],
      body: documented.requestBody?.content["application/json"]?.schema,
      codes: Object.fromEntries(
        Object.entries(documented.responses).map(([status, response]) => [
          status,
          response["x-error-codes"] ?? [],
        ]),
      ),
    };
  });
}
