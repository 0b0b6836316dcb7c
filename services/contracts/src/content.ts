import { z } from "zod";
import { Id, MessageId } from "./ids.ts";

const caption = z.string().min(1).max(1024).optional();
const fileName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^/\\\0]+$/, "a file name, not a path")
  .optional();

export const TextContent = z.strictObject({
  type: z.literal("text"),
  text: z.string().min(1).max(4096),
});
export const ImageContent = z.strictObject({ type: z.literal("image"), mediaId: Id, caption });
export const VideoContent = z.strictObject({ type: z.literal("video"), mediaId: Id, caption });
export const DocumentContent = z.strictObject({
  type: z.literal("document"),
  mediaId: Id,
  caption,
  fileName,
});
export const AudioContent = z.strictObject({ type: z.literal("audio"), mediaId: Id });
export const VoiceContent = z.strictObject({ type: z.literal("voice"), mediaId: Id });
/** An empty emoji takes an earlier reaction back. */
export const ReactionContent = z.strictObject({
  type: z.literal("reaction"),
  emoji: z.string().max(32),
  targetMessageId: MessageId,
});

/** What a caller may send. */
export const Content = z.discriminatedUnion("type", [
  TextContent,
  ImageContent,
  VideoContent,
  DocumentContent,
  AudioContent,
  VoiceContent,
  ReactionContent,
]);
export type Content = z.infer<typeof Content>;
export type ContentType = Content["type"];

const inboundMedia = {
  /** Null while the bytes are being fetched, or when they could not be. */
  mediaId: Id.nullable(),
  contentType: z.string(),
  sizeBytes: z.int().nonnegative().nullable(),
  caption: z.string().optional(),
  fileName: z.string().optional(),
};

/** What a person on a channel may have written; nothing is refused, so unknown kinds are named. */
export const InboundContent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({ type: z.literal("image"), ...inboundMedia }),
  z.strictObject({ type: z.literal("video"), ...inboundMedia }),
  z.strictObject({ type: z.literal("document"), ...inboundMedia }),
  z.strictObject({ type: z.literal("audio"), ...inboundMedia }),
  z.strictObject({ type: z.literal("voice"), ...inboundMedia }),
  z.strictObject({ type: z.literal("sticker"), ...inboundMedia }),
  z.strictObject({
    type: z.literal("reaction"),
    emoji: z.string(),
    targetMessageId: MessageId.nullable(),
    targetProviderMessageId: z.string(),
  }),
  z.strictObject({ type: z.literal("unsupported"), kind: z.string() }),
]);
export type InboundContent = z.infer<typeof InboundContent>;

/** Content as read back: whatever was sent or received. */
export const AnyContent = z.union([Content, InboundContent]);
export type AnyContent = z.infer<typeof AnyContent>;
