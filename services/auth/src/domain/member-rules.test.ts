import { describe, expect, it } from "vitest";
import { effectiveScopes, excessScopes, refuseMemberChange } from "./member-rules.ts";

describe("refuseMemberChange", () => {
  it.each([
    ["owner", "owner", "viewer", true],
    ["owner", "rep", "owner", true],
    ["admin", "rep", "manager", true],
    ["admin", "admin", null, true],
    ["admin", "owner", "rep", false],
    ["admin", "owner", null, false],
    ["admin", "rep", "owner", false],
    ["manager", "viewer", "rep", false],
    ["viewer", "viewer", null, false],
    [null, "viewer", "rep", false],
  ] as const)("%s turning %s into %s: allowed %s", (actor, target, next, allowed) => {
    expect(refuseMemberChange(actor, target, next) === undefined).toBe(allowed);
  });
});

describe("scopes of keys", () => {
  it("names what the maker does not have", () => {
    expect(excessScopes(["leads:read"], ["leads:read", "leads:write"])).toEqual(["leads:write"]);
  });

  it("shrinks with the maker's role", () => {
    expect(effectiveScopes(["leads:read", "leads:write", "keys:write"], "viewer")).toEqual([
      "leads:read",
    ]);
    expect(effectiveScopes(["leads:read", "keys:write"], "owner")).toEqual([
      "leads:read",
      "keys:write",
    ]);
  });
});
