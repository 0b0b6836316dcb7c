import { expect, test } from "vitest";
import { readContent } from "./read-content.ts";

const mediaId = "01900000-0000-7000-8000-00000000000c";

test("where bytes are stored is not shown", () => {
  const stored = {
    type: "image",
    mediaId,
    contentType: "image/png",
    sizeBytes: 9,
    sha256: "ab",
    storageKey: "org/file",
    caption: "look",
  };
  expect(readContent("out", stored)).toEqual({ type: "image", mediaId, caption: "look" });
  expect(readContent("in", stored)).toEqual({
    type: "image",
    mediaId,
    contentType: "image/png",
    sizeBytes: 9,
    caption: "look",
  });
});

test("content nobody understands is named", () => {
  expect(readContent("in", { type: "poll", options: [] })).toEqual({
    type: "unsupported",
    kind: "poll",
  });
});
