import { describe, expect, it } from "vitest";
import { entityTag, versionFromIfMatch } from "./if-match.ts";

describe("If-Match", () => {
  it.each([
    [undefined, undefined],
    ["*", undefined],
    [entityTag(12), 12],
    ["3", 3],
    [' "3" ', 3],
    ['W/"3"', null],
    ['"3', null],
    ['"0"', null],
    ["-1", null],
    ["", null],
    ['"1", "2"', null],
    ['"9999999999"', null],
    [['"1"', '"2"'], null],
  ])("%j is read as %j", (header, version) => {
    expect(versionFromIfMatch(header)).toBe(version);
  });
});
