import { describe, expect, test } from "vitest";
import { kindAccepts } from "./media-kind.ts";

describe("kindAccepts", () => {
  test.each([
    ["image", "image/jpeg", true],
    ["image", "image/svg+xml", false],
    ["image", "application/pdf", false],
    ["voice", "audio/ogg; codecs=opus", true],
    ["voice", "video/mp4", false],
    ["document", "image/png", true],
  ] as const)("%s from %s", (kind, contentType, expected) => {
    expect(kindAccepts(kind, contentType)).toBe(expected);
  });
});
