import { mediaContentTypes } from "@rarity/contracts/media";
import { describe, expect, test } from "vitest";
import {
  contentTypeMatches,
  servedContentType,
  sniffContentType,
  trustedContentType,
} from "./content-type.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const jpeg = bytes("\xff\xd8\xff\xe0\0\0");
const png = bytes("\x89PNG\r\n\x1a\n....");
const zip = bytes("PK\x03\x04....");
const ole = bytes("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....");
const mp4 = bytes("\0\0\0\x20ftypisom");
const text = bytes("a plain note\r\nwith\ttwo lines");
const html = bytes("<html><script>1</script>");

describe("contentTypeMatches", () => {
  test.each([
    ["image/jpeg", jpeg, true],
    ["image/jpeg; charset=binary", jpeg, true],
    ["IMAGE/JPEG", jpeg, true],
    ["image/png", jpeg, false],
    ["image/png", png, true],
    ["image/webp", bytes("RIFF\x10\0\0\0WEBPVP8 "), true],
    ["image/webp", bytes("<script>WEBPVP8 "), false],
    ["video/mp4", mp4, true],
    ["audio/mp4", mp4, true],
    ["image/png", html, false],
    ["application/pdf", text, false],
    ["application/zip", zip, true],
    ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", zip, true],
    ["application/msword", ole, true],
    ["application/msword", html, false],
    ["text/plain", zip, false],
    ["text/plain", text, true],
    ["text/plain", bytes("binary\0"), false],
    ["text/plain", jpeg, false],
    ["text/csv", bytes("a;b\n1;2\n"), true],
    ["audio/mpeg", bytes("\xff\xfb\x90\0"), true],
    ["audio/mpeg", Buffer.alloc(0), false],
  ])("%s claimed for these bytes", (claimed, head, expected) => {
    expect(contentTypeMatches(claimed, head)).toBe(expected);
  });

  test("a JPEG is not taken for an MPEG frame although both start with ff", () => {
    expect(sniffContentType(jpeg)).toBe("image/jpeg");
  });
});

describe("trustedContentType", () => {
  test.each([
    ["image/png", png, "image/png"],
    ["audio/ogg; codecs=opus", bytes("OggS\0"), "audio/ogg; codecs=opus"],
    ["image/png", jpeg, "image/jpeg"],
    ["image/svg+xml", bytes("<svg onload=alert(1)>"), "application/octet-stream"],
    ["image/png", html, "application/octet-stream"],
    ["text/html", html, "text/html"],
    ["application/x-unknown", bytes("\x01\x02"), "application/x-unknown"],
  ])("%s of a stranger", (claimed, head, expected) => {
    expect(trustedContentType(claimed, head)).toBe(expected);
  });
});

/** Beginnings that are a file of one kind, each with something a browser would run behind it. */
const carriers: Record<string, string> = {
  "image/jpeg": "\xff\xd8\xff\xfe\x10\x10",
  "image/png": "\x89PNG\r\n\x1a\n",
  "image/gif": "GIF89a/*",
  "image/webp": "RIFF\x10\0\0\0WEBP",
  "audio/ogg": "OggS",
  "audio/mpeg": "ID3",
  "audio/amr": "#!AMR\n",
  "video/mp4": "\0\0\0\x20ftypisom",
  "application/pdf": "%PDF-1.7\n",
  "application/zip": "PK\x03\x04",
  "application/msword": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
  "text/plain": "",
  "text/csv": "",
};
const payloads = [
  "<!doctype html><script>alert(1)</script>",
  "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
  "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>1</script></html>",
  "*/=1;alert(1)//",
  "<?php system('id') ?>",
  "MZ\x90\0This program cannot be run in DOS mode",
  "#!/bin/sh\nid\n",
  "{\\rtf1\\object",
  "\x00\x01\x00\x00Standard Jet DB",
  "GIF89a=1;alert(1)",
  "%PDF-1.4 /JavaScript (app.alert(1))",
  "PK\x03\x04 META-INF/MANIFEST.MF",
  "\x7fELF\x02\x01\x01",
  "\xca\xfe\xba\xbe\0\0\x004",
  "<math><mtext></mtext><script>1</script></math>",
  "[InternetShortcut]\nURL=javascript:alert(1)",
];
const runnable = /html|svg|\bxml\b|javascript|ecmascript|x-sh|php|msdownload|flash|wasm|css/i;
const polyglots = Object.entries(carriers).flatMap(([kind, start]) =>
  payloads.map((payload) => ({ kind, head: bytes(start + payload) })),
);

describe("polyglots", () => {
  test(`${polyglots.length} files that are two things at once pass as one of them at most`, () => {
    expect(polyglots.length).toBeGreaterThanOrEqual(200);
    const claims = [...mediaContentTypes, "text/html", "image/svg+xml", "application/javascript"];
    for (const { kind, head } of polyglots) {
      const accepted = claims.filter((claimed) => contentTypeMatches(claimed, head));
      for (const claimed of accepted) {
        expect(servedContentType(claimed), `${kind} as ${claimed}`).not.toMatch(runnable);
      }
      // One reading only: what counts is how the file begins.
      const readings = new Set(accepted.map((claimed) => readingOf(claimed)));
      expect(readings.size, `${kind}: ${accepted.join()}`).toBeLessThanOrEqual(1);
    }
  });

  test("whatever type a stranger names, a browser is never told one it would run", () => {
    const named = [
      ...["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript"],
      ...["IMAGE/SVG+XML", "text/html; charset=utf-8", "text/html\r\nset-cookie: a=b", "", "x"],
      ...["image/png, text/html", "text/plain\u0000/html", "multipart/x-mixed-replace"],
    ];
    for (const claimed of named) {
      expect(servedContentType(claimed)).toBe("application/octet-stream");
    }
    expect(servedContentType("image/jpeg; charset=binary")).toBe("image/jpeg");
  });
});

/** Types that mean the same container of bytes. */
function readingOf(contentType: string): string {
  if (/^(video|audio)\/mp4$/.test(contentType)) return "mp4";
  if (/zip|openxmlformats/.test(contentType)) return "zip";
  if (/msword|ms-excel/.test(contentType)) return "ole";
  return contentType.startsWith("text/") ? "text" : contentType;
}
