import { describe, expect, test } from "vitest";
import { freezeContent, refuseContent, type StoredMedia } from "./message-content.ts";

const mediaId = "01900000-0000-7000-8000-000000000001";
const photo: StoredMedia = {
  id: mediaId,
  contentType: "image/jpeg",
  sizeBytes: 1000,
  sha256: "ab".repeat(32),
  storageKey: "org/ab",
};

describe("refuseContent", () => {
  test("a text is measured against the channel it goes to", () => {
    const content = { type: "text", text: "a".repeat(1001) } as const;
    expect(refuseContent("whatsapp", content, undefined)).toBeUndefined();
    expect(refuseContent("instagram", content, undefined)?.code).toBe("TEXT_TOO_LONG");
  });

  test("media that is not stored is a bad request", () => {
    expect(refuseContent("whatsapp", { type: "image", mediaId }, undefined)?.code).toBe(
      "VALIDATION_FAILED",
    );
  });

  test("media above the channel's size is refused", () => {
    const big = { ...photo, sizeBytes: 17 * 1024 * 1024 };
    expect(refuseContent("whatsapp", { type: "image", mediaId }, big)?.code).toBe(
      "UNSUPPORTED_MEDIA",
    );
  });

  test("a picture cannot be sent as a video, but any media can be a document", () => {
    expect(refuseContent("whatsapp", { type: "video", mediaId }, photo)?.code).toBe(
      "UNSUPPORTED_MEDIA",
    );
    expect(refuseContent("whatsapp", { type: "document", mediaId }, photo)).toBeUndefined();
  });
});

describe("freezeContent", () => {
  test("keeps hash and key of the bytes, so that a retry sends the same ones", () => {
    expect(freezeContent({ type: "image", mediaId, caption: "hi" }, photo)).toEqual({
      type: "image",
      mediaId,
      contentType: "image/jpeg",
      sizeBytes: 1000,
      sha256: photo.sha256,
      storageKey: "org/ab",
      caption: "hi",
    });
  });

  test("a reaction keeps its target", () => {
    const reaction = { type: "reaction", emoji: "x", targetMessageId: mediaId } as const;
    expect(freezeContent(reaction, undefined)).toEqual(reaction);
  });
});
