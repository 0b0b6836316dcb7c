import type { KubeObject } from "../../../api/objects.ts";

/** Which keys have a value: children by owner, pods by instance. */
export interface KeyIndex {
  add(key: string, object: KubeObject): void;
  delete(key: string, object: KubeObject): void;
  keysOf(value: string): Iterable<string>;
}

export const createIndex = (
  valuesOf: (object: KubeObject) => readonly string[] | undefined,
): KeyIndex => {
  const keys = new Map<string, Set<string>>();
  return {
    add: (key, object) => {
      for (const value of valuesOf(object) ?? []) {
        const known = keys.get(value);
        if (known === undefined) keys.set(value, new Set([key]));
        else known.add(key);
      }
    },
    delete: (key, object) => {
      for (const value of valuesOf(object) ?? []) {
        const known = keys.get(value);
        known?.delete(key);
        if (known?.size === 0) keys.delete(value);
      }
    },
    keysOf: (value) => keys.get(value) ?? [],
  };
};
