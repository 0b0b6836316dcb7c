import { expect, it } from "vitest";
import { graft } from "./graft.ts";

it.each([
  ["what is the same on both sides stays as it is there", { a: 7 }, { a: 1 }, { a: 1 }, { a: 7 }],
  ["what changes is taken", { a: 7 }, { a: 1 }, { a: 2 }, { a: 2 }],
  ["defaults of the server stay", { a: 1, d: 9 }, { a: 1 }, { a: 2 }, { a: 2, d: 9 }],
  [
    "what is no longer asked for goes",
    { a: 1, b: 2, d: 9 },
    { a: 1, b: 2 },
    { a: 1 },
    { a: 1, d: 9 },
  ],
  ["a list without names is replaced", [1, 2, 3], [1, 2], [4], [4]],
  [
    "a named item changes alone, and what others added stays",
    [{ name: "x", v: 8 }, { name: "trace" }],
    [{ name: "x", v: 1 }],
    [{ name: "x", v: 1 }, { name: "y" }],
    [{ name: "x", v: 8 }, { name: "trace" }, { name: "y" }],
  ],
])("%s", (_, live, prior, after, expected) => {
  expect(graft(live, prior, after)).toEqual(expected);
});
