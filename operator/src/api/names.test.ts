import { expect, it } from "vitest";
import { stableStringify } from "./names.ts";

/** As the library writes it, with its keys put in order. */
const reference = (value: unknown): string =>
  JSON.stringify(value, (_key, field: unknown) =>
    typeof field === "object" && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );

it.each([
  [{ b: 1, a: { d: [1, "two", null, undefined, true], c: undefined } }],
  [{ ü: 'ü\n"', Z: 1.5, a: -0, at: new Date(0) }],
  [[{ b: [], a: {} }, [undefined], Number.NaN]],
  ["text"],
  [null],
])(
  "writes the same JSON whatever the order of keys: hashes of it stand in the cluster",
  (value) => {
    expect(stableStringify(value)).toBe(reference(value));
  },
);
