import { baseContentType } from "@rarity/contracts/media";
import type { MediaKind } from "./message-content.ts";

const kindRules: Record<MediaKind, RegExp> = {
  image: /^image\/(jpeg|png|webp|gif)$/,
  video: /^video\/(mp4|3gpp|quicktime|webm)$/,
  audio: /^audio\//,
  voice: /^audio\/(ogg|opus|mp4|mpeg|webm)$/,
  document: /./,
};

/** Whether a stored media type can be sent as this kind of message. */
export function kindAccepts(kind: MediaKind, contentType: string): boolean {
  return kindRules[kind].test(baseContentType(contentType));
}
