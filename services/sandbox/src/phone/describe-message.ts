import type { proto } from "@whiskeysockets/baileys";
import type { MediaKind } from "../media/media-crypto.ts";
import type { ChatMessage, Message } from "../model.ts";

export type Description = Pick<ChatMessage, "kind" | "text" | "quotedId" | "reaction" | "media">;

type MediaContent = {
  mimetype?: string | null;
  fileName?: string | null;
  caption?: string | null;
  fileLength?: number | { toString(): string } | null;
  contextInfo?: proto.IContextInfo | null;
  directPath?: string | null;
  mediaKey?: Uint8Array | null;
};

/** The media part of a message with its kind; undefined for anything else. */
export function mediaOf(message: Message): { kind: MediaKind; content: MediaContent } | undefined {
  const document =
    message.documentMessage ?? message.documentWithCaptionMessage?.message?.documentMessage;
  if (message.imageMessage) return { kind: "image", content: message.imageMessage };
  if (message.videoMessage) return { kind: "video", content: message.videoMessage };
  if (document) return { kind: "document", content: document };
  if (!message.audioMessage) return undefined;
  const kind = message.audioMessage.ptt === true ? "voice" : "audio";
  return { kind, content: message.audioMessage };
}

/** What a person would see of a message. */
export function describeMessage(message: Message): Description {
  const media = mediaOf(message);
  if (media !== undefined) return describeMedia(media.kind, media.content);
  if (message.reactionMessage) return describeReaction(message.reactionMessage);
  const extended = message.extendedTextMessage;
  const text = message.conversation ?? extended?.text ?? undefined;
  const quotedId = extended?.contextInfo?.stanzaId ?? undefined;
  return { ...NOTHING, kind: text === undefined ? "other" : "text", text, quotedId };
}

const NOTHING: Omit<Description, "kind"> = {
  text: undefined,
  quotedId: undefined,
  reaction: undefined,
  media: undefined,
};

const describeReaction = (content: proto.Message.IReactionMessage): Description => ({
  ...NOTHING,
  kind: "reaction",
  reaction: { emoji: content.text ?? "", targetId: content.key?.id ?? "" },
});

const describeMedia = (kind: string, content: MediaContent): Description => ({
  kind,
  text: content.caption ?? undefined,
  quotedId: content.contextInfo?.stanzaId ?? undefined,
  reaction: undefined,
  media: {
    mimetype: content.mimetype ?? "application/octet-stream",
    fileName: content.fileName ?? undefined,
    size: Number(content.fileLength ?? 0),
  },
});
