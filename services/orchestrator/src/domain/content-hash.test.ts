import { describe, expect, test } from "vitest";
import { canonicalJson, hashOf } from "./content-hash.ts";

describe("canonicalJson", () => {
  test("does not depend on the order of keys, at any depth", () => {
    expect(canonicalJson({ b: 1, a: { d: 2, c: [1, { f: 3, e: 4 }] } })).toBe(
      canonicalJson({ a: { c: [1, { e: 4, f: 3 }], d: 2 }, b: 1 }),
    );
  });

  test("keeps the order of arrays, because a channel chain is ordered", () => {
    expect(hashOf(["whatsapp", "x"])).not.toBe(hashOf(["x", "whatsapp"]));
  });

  test("reads an undefined field as absent, and null as a value", () => {
    expect(hashOf({ a: 1, b: undefined })).toBe(hashOf({ a: 1 }));
    expect(hashOf({ a: 1, b: null })).not.toBe(hashOf({ a: 1 }));
  });

  test("tells a number from its text", () => {
    expect(hashOf({ a: 1 })).not.toBe(hashOf({ a: "1" }));
  });
});
