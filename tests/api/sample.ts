import { randomUUID } from "node:crypto";
import type { Parameter, Schema } from "./operations.ts";
import type { IdKind } from "./seed.ts";

/** Values that satisfy a pattern or a rule the schema cannot spell, by field name. */
const byName: Record<string, string> = {
  phone: "+14155550177",
  domain: "example.com",
  country: "DE",
  timeZone: "Europe/Berlin",
  name: "sample",
  password: "a password for samples",
  value: "+14155550178",
  fileName: "sample.pdf",
};

const kindOfField: Record<string, IdKind> = {
  leadId: "lead",
  accountId: "account",
  scopeAccountId: "account",
  mediaId: "media",
  replyTo: "message",
  targetMessageId: "message",
  companyId: "company",
  ownerId: "member",
  orgId: "organization",
};

const kindOfPath: readonly [prefix: string, kind: IdKind][] = [
  ["/api/messages/", "message"],
  ["/api/conversations/", "conversation"],
  ["/api/dead-letters/", "deadLetter"],
  ["/api/media/", "media"],
  ["/api/leads/", "lead"],
  ["/api/companies/", "company"],
  ["/api/accounts/", "account"],
  ["/api/members/", "member"],
  ["/api/api-keys/", "apiKey"],
];

export type Ids = Readonly<Record<IdKind, string>>;

export function kindOf(path: string): IdKind {
  const found = kindOfPath.find(([prefix]) => path.startsWith(prefix));
  if (found === undefined) throw new Error(`no resource is known behind ${path}`);
  return found[1];
}

/** The smallest value a schema takes, made of the ids given. `all`: with every optional field. */
export function sampleOf(schema: Schema, ids: Ids, how: How = {}): unknown {
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first !== undefined) return sampleOf(first, ids, how);
  const [given] = givenValues(schema);
  if (given !== undefined) return given;
  if (schema.type === "object") return objectOf(schema, ids, how.all === true);
  if (schema.type === "array") return [sampleOf(schema.items ?? {}, ids, { ...how, name: "" })];
  return plainOf(schema, ids, how.name ?? "");
}

interface How {
  /** Of the field the value is for. */
  readonly name?: string;
  readonly all?: boolean;
}

/** The values the schema itself names. */
function givenValues(schema: Schema): readonly unknown[] {
  return schema.const === undefined ? (schema.enum ?? []) : [schema.const];
}

function plainOf(schema: Schema, ids: Ids, name: string): unknown {
  if (schema.type === "boolean") return true;
  if (schema.type !== "integer" && schema.type !== "number") return textOf(schema, ids, name);
  return Math.max(schema.minimum ?? 1, 1);
}

function objectOf(schema: Schema, ids: Ids, all: boolean): Record<string, unknown> {
  const fields = Object.entries(schema.properties ?? {});
  const wanted = fields.filter(([name]) => all || schema.required?.includes(name) === true);
  return Object.fromEntries(
    wanted.map(([name, field]) => [name, sampleOf(field, ids, { name, all })]),
  );
}

function textOf(schema: Schema, ids: Ids, name: string): string {
  if (schema.format === "uuid") return ids[kindOfField[name] ?? "message"];
  if (schema.format === "date-time") return "2030-01-01T00:00:00Z";
  if (schema.format === "email") return `sample-${randomUUID()}@example.com`;
  return byName[name] ?? "sample text";
}

/** Something no schema takes for this field. */
export function wrongFor(schema: Schema): unknown {
  return schema.type === "object" || schema.anyOf !== undefined || schema.oneOf !== undefined
    ? 17
    : { wrong: true };
}

/** Something no query or path parameter takes, or undefined where any text will do. */
export function wrongParameter({ schema }: Parameter): string | undefined {
  const free = schema.type === "string" && schema.format === undefined && !schema.enum;
  return free && schema.pattern === undefined ? undefined : "not*what?is-wanted";
}

/** The sample with every option of every field that has some, one at a time. */
export function variantsOf(schema: Schema, ids: Ids): unknown[] {
  const base = sampleOf(schema, ids) as object;
  const fields = Object.entries(schema.properties ?? {});
  return fields.flatMap(([name, field]) =>
    (field.anyOf ?? field.oneOf ?? [field]).map((option) => ({
      ...base,
      [name]: sampleOf(option, ids, { name, all: true }),
    })),
  );
}

/** Every place in a body where an id of ours stands, as a path of keys. */
export function idPlaces(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value === "string") return kindOfField[at.at(-1) ?? ""] === undefined ? [] : [[...at]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => idPlaces(field, [...at, key]));
}

export function idKindAt(place: readonly string[]): IdKind {
  const kind = kindOfField[place.at(-1) ?? ""];
  if (kind === undefined) throw new Error(`${place.join(".")} is no id`);
  return kind;
}

/** A copy of `body` with `value` at `place`. */
export function replaced(body: unknown, place: readonly string[], value: unknown): unknown {
  const [key, ...rest] = place;
  if (key === undefined) return value;
  if (Array.isArray(body)) {
    return body.map((one: unknown, i) => (String(i) === key ? replaced(one, rest, value) : one));
  }
  const fields = (body ?? {}) as Record<string, unknown>;
  return { ...fields, [key]: replaced(fields[key], rest, value) };
}
