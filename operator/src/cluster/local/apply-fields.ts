import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ManagedFields } from "../../api/objects.ts";
import type { FieldCause } from "../errors.ts";
import {
  changedFields,
  fieldSet,
  intersect,
  isLeaf,
  isObject,
  leavesOf,
  subtract,
  type FieldSet,
  type Json,
} from "./field-set.ts";

const appliedParts = ["spec", "data", "stringData", "type"] as const;
const appliedMetadata = ["labels", "annotations", "ownerReferences"] as const;

/**
 * Server-side apply: sets what the manager sends, removes what it owned and no longer sends unless
 * another manager owns it too, and leaves everything else alone. A field that it changes is no
 * longer anyone else's.
 */
export const applyFields = (
  current: KubeObject,
  applied: KubeObject,
  fieldManager: string,
): KubeObject => {
  const intent = intentOf(applied);
  const managed = current.metadata.managedFields ?? [];
  const changed = changedFields(current, intent);
  const others = managed
    .filter((entry) => entry.manager !== fieldManager)
    .map((entry) => ({ ...entry, fieldsV1: subtract(entry.fieldsV1, changed) }))
    .filter((entry) => !isLeaf(entry.fieldsV1));
  const owned = managed.find((entry) => entry.manager === fieldManager)?.fieldsV1 ?? {};
  const fields = fieldSet(intent);

  const next = structuredClone(current);
  removeFields(next, subtract(subtract(owned, fields), union(others)));
  mergeInto(next, intent);
  const entry: ManagedFields = { manager: fieldManager, operation: "Apply", fieldsV1: fields };
  next.metadata.managedFields = [...others, entry].sort((a, b) => (a.manager < b.manager ? -1 : 1));
  return next;
};

/** The fields that an apply would take from other managers, with who has them. */
export const applyConflicts = (
  current: KubeObject,
  applied: KubeObject,
  fieldManager: string,
): FieldCause[] => {
  const changed = changedFields(current, intentOf(applied));
  return (current.metadata.managedFields ?? [])
    .filter((entry) => entry.manager !== fieldManager)
    .flatMap(({ manager, fieldsV1 }) =>
      leavesOf(intersect(changed, fieldsV1)).map((field) => ({
        field,
        message: `conflict with "${manager}"`,
      })),
    );
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
