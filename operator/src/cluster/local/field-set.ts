import { isDeepStrictEqual } from "node:util";

export type Json = Record<string, unknown>;

/** What one manager owns of an object: leaves are `{}`; lists are owned as a whole. */
export type FieldSet = Record<string, unknown>;

/** What the intent sets to another value than there is now. */
export const changedFields = (current: Json, intent: Json): FieldSet =>
  Object.fromEntries(
    Object.entries(intent).flatMap(([name, value]) => {
      const now = current[name];
      if (!isObject(value) || !isObject(now)) {
        return isDeepStrictEqual(value, now) ? [] : [[`f:${name}`, {}]];
      }
      const inner = changedFields(now, value);
      return isLeaf(inner) ? [] : [[`f:${name}`, inner]];
    }),
  );

export const intersect = (a: FieldSet, b: FieldSet): FieldSet =>
  Object.fromEntries(
    Object.entries(a).flatMap(([name, field]) => {
      const match = b[name];
      if (match === undefined) return [];
      if (!isObject(field) || !isObject(match) || isLeaf(field) || isLeaf(match)) {
        return [[name, {}]];
      }
      const inner = intersect(field, match);
      return isLeaf(inner) ? [] : [[name, inner]];
    }),
  );

export const leavesOf = (set: FieldSet, path = ""): string[] =>
  Object.entries(set).flatMap(([name, field]) =>
    isObject(field) && !isLeaf(field)
      ? leavesOf(field, `${path}.${name.slice(2)}`)
      : [`${path}.${name.slice(2)}`],
  );

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const fieldSet = (value: Json): FieldSet =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [`f:${name}`, isObject(field) ? fieldSet(field) : {}]),
  );

export const isLeaf = (set: unknown): boolean => !isObject(set) || Object.keys(set).length === 0;

/** The leaves of `set` that are not in `other`. */
export const subtract = (set: FieldSet, other: FieldSet): FieldSet =>
  Object.fromEntries(
    Object.entries(set).flatMap(([name, field]) => {
      const match = other[name];
      if (match === undefined) return [[name, field]];
      if (!isObject(field) || !isObject(match) || isLeaf(field) || isLeaf(match)) return [];
      const rest = subtract(field, match);
      return Object.keys(rest).length === 0 ? [] : [[name, rest]];
    }),
  );
