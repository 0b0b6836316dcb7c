import { expect, test } from "vitest";
import { imagePixels, imagePixelsMax } from "./image-size.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

const samples: [string, Buffer, number][] = [
  ["image/png", hex("89504e470d0a1a0a 0000000d 49484452 00000280 000001e0 08"), 640 * 480],
  ["image/gif", hex("474946383961 8002 e001"), 640 * 480],
  [
    "image/jpeg",
    hex("ffd8 ffe0 0010 4a464946000101000048004800 00 ffff c2 0011 08 01e0 0280"),
    640 * 480,
  ],
  [
    "image/webp",
    hex("52494646 00000000 57454250 56503820 00000000 000000 9d012a 8002 e001"),
    640 * 480,
  ],
  ["image/webp", hex("52494646 00000000 57454250 5650384c 00000000 2f 7fc27700"), 640 * 480],
  [
    "image/webp",
    hex("52494646 00000000 57454250 56503858 0a000000 00000000 7f0200 df0100"),
    640 * 480,
  ],
];

test.each(samples)("%s: the size is read from the header", (contentType, head, pixels) => {
  expect(imagePixels(contentType, head)).toBe(pixels);
});

test("a header that is cut off anywhere tells nothing and throws nothing", () => {
  for (const [contentType, head] of samples) {
    for (let length = 0; length < head.length - 8; length += 1) {
      expect(() => imagePixels(contentType, head.subarray(0, length))).not.toThrow();
    }
  }
  expect(imagePixels("application/pdf", Buffer.from("%PDF"))).toBeUndefined();
});

test("a bomb of a few bytes is over the limit", () => {
  const bomb = hex("89504e470d0a1a0a 0000000d 49484452 0000ffff 0000ffff 08");
  expect(imagePixels("image/png", bomb)).toBeGreaterThan(imagePixelsMax);
});
