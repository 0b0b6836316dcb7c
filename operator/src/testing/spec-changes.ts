/** What is read of a field's schema. */
export interface FieldSchema {
  type?: string;
  properties?: Record<string, FieldSchema>;
  required?: string[];
  items?: FieldSchema;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
}

export interface SpecChange {
  /** `limits.perDay = 1` */
  what: string;
  spec: Record<string, unknown>;
}

type Json = Record<string, unknown>;

/**
 * Every change of one field that the types of a schema allow: the other value of a boolean, each other
 * value of an enumeration, the least and a large number, a name that nothing has. What rules across fields
 * refuse is among them; the server decides.
 */
export const specChanges = (schema: FieldSchema, spec: Json): SpecChange[] =>
  changesOf(schema, spec).map(({ path, value }) => ({
    what: `${path.join(".")} = ${JSON.stringify(value)}`,
    spec: withValue(spec, path, value),
  }));

interface FieldChange {
  path: string[];
  value: unknown;
}

const changesOf = (schema: FieldSchema, current: unknown): FieldChange[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const now = isObject(current) ? current[name] : undefined;
    const here = valuesOf(field)
      .filter((value) => JSON.stringify(value) !== JSON.stringify(now))
      .map((value) => ({ path: [name], value }));
    // Below a field that is not there, the parent alone decides whether it may be.
    const below = now === undefined && field.required !== undefined ? [] : changesOf(field, now);
    return [...here, ...below.map(({ path, value }) => ({ path: [name, ...path], value }))];
  });

const valuesOf = (field: FieldSchema): unknown[] =>
  field.enum ?? (valuesOfType[field.type ?? ""] ?? (() => []))(field);

const valuesOfType: Record<string, (field: FieldSchema) => unknown[]> = {
  boolean: () => [true, false],
  integer: ({ minimum = 0, maximum = 1e6 }) => [minimum, Math.min(maximum, minimum + 7)],
  string: () => ["no-such-thing"],
  object: (field) => (field.required === undefined ? [] : [sampleOf(field)]),
  array: ({ items }) => (items === undefined ? [] : [[], [sampleOf(items)]]),
};

const sampleOf = (field: FieldSchema): unknown =>
  field.type === "object"
    ? Object.fromEntries(
        (field.required ?? []).map((name) => [name, sampleOf(field.properties?.[name] ?? {})]),
      )
    : (valuesOf(field)[0] ?? "no-such-thing");

const withValue = (spec: Json, [name = "", ...rest]: readonly string[], value: unknown): Json => {
  const below = isObject(spec[name]) ? spec[name] : {};
  return { ...spec, [name]: rest.length === 0 ? value : withValue(below, rest, value) };
};

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
