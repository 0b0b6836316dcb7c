import { expect, test } from "vitest";
import { setBounded } from "./bounded.ts";

test("the oldest entry falls out of a full map, an entry set again does not", () => {
  const map = new Map<string, number>();
  for (const [index, key] of ["a", "b", "a"].entries()) setBounded(map, key, index, 2);
  expect([...map]).toEqual([
    ["a", 2],
    ["b", 1],
  ]);
  expect(setBounded(map, "c", 3, 2)).toBe(2);
  expect([...map.keys()]).toEqual(["b", "c"]);
});
