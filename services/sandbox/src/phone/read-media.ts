import { proto } from "@whiskeysockets/baileys";
import { openMedia } from "../media/media-crypto.ts";
import { mediaAt } from "../media/media-server.ts";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { findMessage } from "./chats.ts";
import { mediaOf } from "./describe-message.ts";

export type ReadMedia = { bytes: Buffer; mimetype: string };

/** Downloads and decrypts the file of one message of this phone; undefined when there is none. */
export function readMedia(
  world: World,
  account: Account,
  messageId: string,
): ReadMedia | undefined {
  const stored = findMessage(account, messageId);
  const media = stored === undefined ? undefined : mediaOf(proto.Message.decode(stored.raw));
  const body = mediaAt(world, media?.content.directPath ?? "");
  if (media === undefined || body === undefined) return undefined;
  const bytes = openMedia(media.kind, media.content.mediaKey ?? new Uint8Array(), body);
  return { bytes, mimetype: media.content.mimetype ?? "application/octet-stream" };
}
