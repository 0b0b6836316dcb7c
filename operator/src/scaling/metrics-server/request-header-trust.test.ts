import { describe, expect, it } from "vitest";
import { createAuthority } from "../../certificates/authority.ts";
import { readTrust } from "./request-header-trust.ts";
import { bearerToken, isFrontProxy, userFromHeaders, withEverybody } from "./user.ts";

const day = 86_400_000;
const authority = await createAuthority("front-proxy-ca", {
  notBefore: new Date(Date.now() - day),
  notAfter: new Date(Date.now() + day),
});
const data = {
  "client-ca-file": "not ours to read",
  "requestheader-client-ca-file": authority.certPem,
  "requestheader-allowed-names": '["front-proxy-client"]',
  "requestheader-username-headers": '["X-Remote-User"]',
  "requestheader-group-headers": '["X-Remote-Group"]',
  "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
  "requestheader-uid-headers": '["X-Remote-Uid"]',
};
const trust = readTrust(data)!;

describe("readTrust", () => {
  it("trusts nobody where the API server has no front proxy", () => {
    expect(readTrust(undefined)).toBeUndefined();
    expect(readTrust({ "client-ca-file": "x" })).toBeUndefined();
  });

  it.each([
    ["requestheader-client-ca-file", "no certificate"],
    ["requestheader-allowed-names", "front-proxy-client"],
    ["requestheader-group-headers", "{}"],
  ])("refuses a broken %s rather than trusting less or more", (key, value) => {
    expect(() => readTrust({ ...data, [key]: value })).toThrow();
  });
});

describe("isFrontProxy", () => {
  it("takes any name only where no names are given", () => {
    expect(isFrontProxy("front-proxy-client", trust)).toBe(true);
    expect(isFrontProxy("somebody", trust)).toBe(false);
    expect(isFrontProxy("somebody", { ...trust, allowedNames: [] })).toBe(true);
    expect(isFrontProxy(undefined, { ...trust, allowedNames: [] })).toBe(false);
  });
});

describe("userFromHeaders", () => {
  it("keeps groups apart that contain commas", () => {
    const headers = {
      "x-remote-user": ["alice"],
      "x-remote-uid": ["42"],
      "x-remote-group": ["a, b", "system:authenticated"],
      "x-remote-extra-example.com%2fscopes": ["one", "two"],
      "x-remote-extra-%zz": ["kept as it is"],
      authorization: ["Bearer ignored"],
    };
    expect(userFromHeaders(headers, trust)).toEqual({
      username: "alice",
      uid: "42",
      groups: ["a, b", "system:authenticated"],
      extra: { "example.com/scopes": ["one", "two"], "%zz": ["kept as it is"] },
    });
  });

  it("is nobody without a name", () => {
    expect(userFromHeaders({ "x-remote-group": ["system:masters"] }, trust)).toBeUndefined();
    expect(userFromHeaders({ "x-remote-user": [""] }, trust)).toBeUndefined();
  });
});

describe("withEverybody", () => {
  it.each([
    [[], ["system:authenticated"]],
    [["system:authenticated"], ["system:authenticated"]],
    [["system:unauthenticated"], ["system:unauthenticated"]],
  ])("makes groups %j into %j", (groups, expected) => {
    expect(withEverybody({ username: "anna", groups, extra: {} }).groups).toEqual(expected);
  });
});

describe("bearerToken", () => {
  it.each([
    ["Bearer abc.def", "abc.def"],
    ["bearer  abc", "abc"],
    ["Basic abc", undefined],
    ["Bearer a b", undefined],
    ["Bearer", undefined],
  ])("of %j is %s", (header, token) => {
    expect(bearerToken({ authorization: [header] })).toBe(token);
  });
});
