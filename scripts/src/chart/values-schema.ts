import type { Value } from "./read-values.ts";

type Schema = Record<string, unknown>;

const typeOf = (value: unknown, path: string): string => {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number" && Number.isInteger(value)) return "integer";
  if (typeof value === "boolean" || typeof value === "string") return typeof value;
  if (typeof value === "object" && value !== null) return "object";
  throw new Error(`${path}: give it a default that says its type`);
};

const schemaOf = (value: Value): Schema => {
  const path = value.path.join(".");
  const type = typeOf(value.default, path);
  if (value.children.length > 0) return objectOf(value.children);
  const isOpen = type === "object" && !("additionalProperties" in value.schema);
  if (isOpen) throw new Error(`${path}: say with @schema what may be in it`);
  if (type === "array" && !("items" in value.schema))
    throw new Error(`${path}: say with @schema what its items are`);
  return { description: value.description, type, ...value.schema };
};

const objectOf = (values: readonly Value[]): Schema => ({
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(values.map((value) => [value.path.at(-1), schemaOf(value)])),
});

/** The JSON schema helm checks values against: nothing that is not in values.yaml is taken. */
export const valuesSchema = (values: readonly Value[]): Schema => {
  const schema = objectOf(values);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...schema,
    properties: {
      ...(schema["properties"] as Schema),
      // Helm puts this one in itself when the chart is part of another.
      global: { description: "Values of a parent chart; not read.", type: "object" },
    },
  };
};
