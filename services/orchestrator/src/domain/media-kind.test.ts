import { describe, expect, test } from "vitest";
import { contentTypeMatches, kindAccepts, sniffContentType } from "./media-kind.ts";

const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 0]);
const png = Buffer.from("\x89PNG\r\n\x1a\n....", "latin1");
const zip = Buffer.from("PK\u0003\u0004....", "latin1");
const mp4 = Buffer.from("\0\0\0\x20ftypisom", "latin1");
const text = Buffer.from("a plain note");
const html = Buffer.from("<html><script>1</script>");

describe("contentTypeMatches", () => {
  test.each([
    ["image/jpeg", jpeg, true],
    ["image/jpeg; charset=binary", jpeg, true],
    ["IMAGE/JPEG", jpeg, true],
    ["image/png", jpeg, false],
    ["image/png", png, true],
    ["video/mp4", mp4, true],
    ["audio/mp4", mp4, true],
    ["image/png", html, false],
    ["application/pdf", text, false],
    ["application/zip", zip, true],
    ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", zip, true],
    ["text/plain", zip, false],
    ["text/plain", text, true],
    ["text/plain", jpeg, false],
    ["audio/mpeg", Uint8Array.from([0xff, 0xfb, 0x90, 0]), true],
    ["audio/mpeg", new Uint8Array(0), false],
  ])("%s claimed for these bytes", (claimed, bytes, expected) => {
    expect(contentTypeMatches(claimed, bytes)).toBe(expected);
  });

  test("a JPEG is not taken for an MPEG frame although both start with ff", () => {
    expect(sniffContentType(jpeg)).toBe("image/jpeg");
  });
});

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
