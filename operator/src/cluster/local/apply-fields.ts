import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ManagedFields } from "../../api/objects.ts";

type Json = Record<string, unknown>;

/** What one manager owns of an object: leaves are `{}`; lists are owned as a whole. */
export type FieldSet = Record<string, unknown>;

const appliedParts = ["spec", "data", "stringData", "type"] as const;
const appliedMetadata = ["labels", "annotations", "ownerReferences"] as const;

/**
 * Server-side apply: sets what the manager sends, removes what it owned and no longer sends unless
 * another manager owns it too, and leaves everything else alone.
 */
export const applyFields = (
  current: KubeObject,
  applied: KubeObject,
  fieldManager: string,
): KubeObject => {
  const intent = intentOf(applied);
  const managed = current.metadata.managedFields ?? [];
  const others = managed.filter((entry) => entry.manager !== fieldManager);
  const owned = managed.find((entry) => entry.manager === fieldManager)?.fieldsV1 ?? {};
  const fields = fieldSet(intent);

  const next = structuredClone(current);
  removeFields(next, subtract(subtract(owned, fields), union(others)));
  mergeInto(next, intent);
  const entry: ManagedFields = { manager: fieldManager, operation: "Apply", fieldsV1: fields };
  next.metadata.managedFields = [...others, entry].sort((a, b) => (a.manager < b.manager ? -1 : 1));
  return next;
};

const intentOf = (object: KubeObject): Json => {
  const metadata = pick(object.metadata, appliedMetadata);
  const parts = pick(object, appliedParts);
  return Object.keys(metadata).length === 0 ? parts : { ...parts, metadata };
};

const pick = (source: object, names: readonly string[]): Json =>
  Object.fromEntries(
    Object.entries(source).filter(([name, value]) => names.includes(name) && value !== undefined),
  );

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const fieldSet = (value: Json): FieldSet =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [`f:${name}`, isObject(field) ? fieldSet(field) : {}]),
  );

const isLeaf = (set: unknown): boolean => !isObject(set) || Object.keys(set).length === 0;

/** The leaves of `set` that are not in `other`. */
const subtract = (set: FieldSet, other: FieldSet): FieldSet =>
  Object.fromEntries(
    Object.entries(set).flatMap(([name, field]) => {
      const match = other[name];
      if (match === undefined) return [[name, field]];
      if (!isObject(field) || !isObject(match) || isLeaf(field) || isLeaf(match)) return [];
      const rest = subtract(field, match);
      return Object.keys(rest).length === 0 ? [] : [[name, rest]];
    }),
  );

const union = (entries: readonly ManagedFields[]): FieldSet =>
  entries.reduce<FieldSet>((all, entry) => mergeInto(structuredClone(all), entry.fieldsV1), {});

const removeFields = (target: Json, fields: FieldSet): void => {
  for (const [key, field] of Object.entries(fields)) {
    const name = key.slice(2);
    const child = target[name];
    if (isLeaf(field) || !isObject(child)) {
      Reflect.deleteProperty(target, name);
      continue;
    }
    removeFields(child, field as FieldSet);
    if (Object.keys(child).length === 0) Reflect.deleteProperty(target, name);
  }
};

const mergeInto = (target: Json, source: Json): Json => {
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined) continue;
    const existing = target[name];
    if (isObject(value) && isObject(existing)) mergeInto(existing, value);
    else target[name] = structuredClone(value);
  }
  return target;
};

/** JSON merge patch (RFC 7396): null removes. */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return structuredClone(patch);
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else result[name] = mergePatch(result[name], value);
  }
  return result;
};

/** Whether two versions of an object differ in what people wrote: not in version or status. */
export const sameContent = (a: KubeObject, b: KubeObject): boolean => {
  const strip = (object: KubeObject): unknown => {
    return { ...object, metadata: { ...object.metadata, resourceVersion: undefined } };
  };
  return isDeepStrictEqual(strip(a), strip(b));
};
