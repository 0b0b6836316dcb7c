import { proto } from "@whiskeysockets/baileys";
import { sealMedia, type MediaKind } from "../media/media-crypto.ts";
import { storeMedia } from "../media/media-server.ts";
import type { Account, ChatMessage, Message } from "../model.ts";
import { jidOf } from "../wire/addresses.ts";
import type { World } from "../world.ts";
import { findMessage } from "./chats.ts";

export type MediaInput = {
  kind: MediaKind;
  bytes: Buffer;
  mimetype: string;
  caption?: string | undefined;
  fileName?: string | undefined;
};

export type Draft = {
  to: Account;
  text?: string | undefined;
  media?: MediaInput | undefined;
  quotedId?: string | undefined;
  reaction?: { emoji: string; targetId: string } | undefined;
};

export type Composed = { message: Message; type: string };

export class UnknownMessage extends Error {
  constructor(id: string) {
    super(`the phone has no message ${id}`);
    this.name = "UnknownMessage";
  }
}

/** What the person wrote, as the message the phone encrypts. */
export function composeMessage(world: World, from: Account, draft: Draft): Composed {
  if (draft.reaction !== undefined) return composeReaction(from, draft.to, draft.reaction);
  const contextInfo = quoteOf(from, draft);
  if (draft.media !== undefined) return composeMedia(world, draft.media, contextInfo);
  const text = draft.text ?? "";
  if (contextInfo === undefined) return { message: { conversation: text }, type: "text" };
  return { message: { extendedTextMessage: { text, contextInfo } }, type: "text" };
}

function composeReaction(
  from: Account,
  to: Account,
  reaction: { emoji: string; targetId: string },
): Composed {
  const target = knownMessage(from, reaction.targetId);
  const key = {
    remoteJid: jidOf(to, from.phone.settings.addressing),
    fromMe: target.fromMe,
    id: target.id,
  };
  const content = { key, text: reaction.emoji, senderTimestampMs: Date.now() };
  return { message: { reactionMessage: content }, type: "reaction" };
}

function quoteOf(from: Account, draft: Draft): proto.IContextInfo | undefined {
  if (draft.quotedId === undefined) return undefined;
  const quoted = knownMessage(from, draft.quotedId);
  const author = quoted.fromMe ? from : draft.to;
  return {
    stanzaId: quoted.id,
    participant: jidOf(author, from.phone.settings.addressing),
    quotedMessage: proto.Message.decode(quoted.raw),
  };
}

function knownMessage(account: Account, id: string): ChatMessage {
  const found = findMessage(account, id);
  if (found === undefined) throw new UnknownMessage(id);
  return found;
}

function composeMedia(
  world: World,
  media: MediaInput,
  contextInfo: proto.IContextInfo | undefined,
): Composed {
  const { body, ...keys } = sealMedia(media.kind, media.bytes);
  const directPath = storeMedia(world, body);
  const common = {
    ...keys,
    directPath,
    url: `https://${world.mediaHost}${directPath}&mms3=true`,
    mimetype: media.mimetype,
    fileLength: media.bytes.length,
    mediaKeyTimestamp: Math.floor(Date.now() / 1000),
    ...(contextInfo === undefined ? {} : { contextInfo }),
  };
  const caption = media.caption === undefined ? {} : { caption: media.caption };
  return { message: wrapMedia(media, common, caption), type: "media" };
}

function wrapMedia(
  media: MediaInput,
  common: proto.Message.IDocumentMessage,
  caption: { caption?: string },
): Message {
  switch (media.kind) {
    case "image":
      return { imageMessage: { ...common, ...caption } };
    case "video":
      return { videoMessage: { ...common, ...caption } };
    case "document":
      return { documentMessage: { ...common, ...caption, fileName: media.fileName ?? "file" } };
    case "audio":
      return { audioMessage: common };
    case "voice":
      return { audioMessage: { ...common, ptt: true } };
  }
}
