import { channelLimits, type Channel } from "@rarity/contracts/channels";
import type { Content } from "@rarity/contracts/content";
import { mediaMaxBytesOf } from "@rarity/contracts/media";
import { kindAccepts } from "./media-kind.ts";

export type MediaKind = "image" | "video" | "document" | "audio" | "voice";

export interface StoredMedia {
  readonly id: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly storageKey: string;
}

/** The payload every attempt sends, byte for byte; what it names can no longer change. */
export type FrozenContent =
  | { type: "text"; text: string }
  | {
      type: MediaKind;
      mediaId: string;
      contentType: string;
      sizeBytes: number;
      sha256: string;
      storageKey: string;
      caption?: string;
      fileName?: string;
    }
  | { type: "reaction"; emoji: string; targetMessageId: string };

/** What a refusal says; the use case turns it into the error of that code. */
export interface Refusal {
  readonly code: "TEXT_TOO_LONG" | "UNSUPPORTED_MEDIA" | "VALIDATION_FAILED";
  readonly message: string;
  readonly details: Record<string, unknown>;
}

export function mediaIdOf(content: Content): string | undefined {
  return "mediaId" in content ? content.mediaId : undefined;
}

export function targetIdOf(content: Content): string | undefined {
  return content.type === "reaction" ? content.targetMessageId : undefined;
}

/** Why this channel cannot carry the content, or undefined when it can. */
export function refuseContent(
  channel: Channel,
  content: Content,
  media: StoredMedia | undefined,
): Refusal | undefined {
  const limits = channelLimits[channel];
  const text = textOf(content);
  if (text.length > limits.textMax) {
    return {
      code: "TEXT_TOO_LONG",
      message: `${channel} takes at most ${limits.textMax} characters`,
      details: { channel, length: text.length, max: limits.textMax },
    };
  }
  if (!("mediaId" in content)) return undefined;
  if (media === undefined) {
    return {
      code: "VALIDATION_FAILED",
      message: "There is no such media",
      details: { issues: [{ path: "content.mediaId", message: "unknown media", in: "body" }] },
    };
  }
  return refuseMedia(channel, content.type, media);
}

/** Binds the content to the stored bytes it means. Call only after `refuseContent` had no objection. */
export function freezeContent(content: Content, media: StoredMedia | undefined): FrozenContent {
  if (content.type === "text") return { type: "text", text: content.text };
  if (content.type === "reaction") {
    return { type: "reaction", emoji: content.emoji, targetMessageId: content.targetMessageId };
  }
  if (media === undefined) throw new Error("media content frozen without its media row");
  const caption = "caption" in content ? content.caption : undefined;
  const fileName = "fileName" in content ? content.fileName : undefined;
  return {
    type: content.type,
    mediaId: media.id,
    contentType: media.contentType,
    sizeBytes: media.sizeBytes,
    sha256: media.sha256,
    storageKey: media.storageKey,
    ...(caption === undefined ? {} : { caption }),
    ...(fileName === undefined ? {} : { fileName }),
  };
}

function textOf(content: Content): string {
  if (content.type === "text") return content.text;
  return "caption" in content ? (content.caption ?? "") : "";
}

function refuseMedia(channel: Channel, kind: MediaKind, media: StoredMedia): Refusal | undefined {
  const { mediaMaxBytes: channelMaxBytes } = channelLimits[channel];
  const mediaMaxBytes = Math.min(channelMaxBytes, mediaMaxBytesOf(media.contentType));
  if (media.sizeBytes > mediaMaxBytes) {
    return {
      code: "UNSUPPORTED_MEDIA",
      message: `${channel} takes media of at most ${mediaMaxBytes} bytes`,
      details: { channel, sizeBytes: media.sizeBytes, max: mediaMaxBytes },
    };
  }
  if (kindAccepts(kind, media.contentType)) return undefined;
  return {
    code: "UNSUPPORTED_MEDIA",
    message: `${media.contentType} cannot be sent as ${kind}`,
    details: { channel, kind, contentType: media.contentType },
  };
}
