/** Which keys have a value: children by owner, pods by instance. */
export interface KeyIndex {
  add(key: string, value: string): void;
  delete(key: string, value: string): void;
  keysOf(value: string): Iterable<string>;
}

/** Most values have one key: a set for each would be most of the index. */
export const createIndex = (): KeyIndex => {
  const keys = new Map<string, string | Set<string>>();
  return {
    add: (key, value) => {
      const known = keys.get(value);
      if (known === undefined || known === key) keys.set(value, key);
      else if (typeof known === "string") keys.set(value, new Set([known, key]));
      else known.add(key);
    },
    delete: (key, value) => {
      const known = keys.get(value);
      if (known === key) keys.delete(value);
      if (known === undefined || typeof known === "string") return;
      known.delete(key);
      if (known.size === 0) keys.delete(value);
    },
    keysOf: (value) => {
      const known = keys.get(value);
      return typeof known === "string" ? [known] : (known ?? []);
    },
  };
};
