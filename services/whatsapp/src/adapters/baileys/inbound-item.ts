import { normalizeMessageContent } from "@whiskeysockets/baileys";
import type { proto, WAMessage } from "@whiskeysockets/baileys";
import type { InboundContent, InboundItem } from "@rarity/channel-kit";
import { recipientOf } from "../../domain/jid.ts";
import { timeOf } from "../../domain/receipt.ts";
import type { MediaPart } from "./download-media.ts";

type Message = proto.IMessage;

/** What a stanza says, before any media was fetched. */
export type ReadMessage =
  | { type: "ready"; content: InboundContent }
  | { type: "media"; part: MediaPart; quotedProviderMessageId?: string };

export type Envelope = Omit<InboundItem, "content">;

/** Undefined for groups, broadcasts, status and protocol traffic: not a conversation of ours. */
export function envelopeOf(
  message: WAMessage,
  me: { id: string; lid?: string | undefined },
  nowMs: number,
): Envelope | undefined {
  const { key } = message;
  const chat = recipientOf(key.remoteJid, key.remoteJidAlt);
  if (chat === undefined || key.id === null || key.id === undefined) return undefined;
  const fromMe = key.fromMe === true;
  const own = recipientOf(me.id, me.lid);
  const sender = fromMe ? own : chat;
  if (sender === undefined || chat.value === own?.value || chat.value === own?.alt)
    return undefined;
  return {
    chat,
    sender,
    providerMessageId: key.id,
    at: sentAt(message, nowMs),
    backfilled: false,
    fromMe,
    ...pushNameOf(message, fromMe),
  };
}

function sentAt(message: WAMessage, nowMs: number): string {
  // A number, or a 64-bit integer object that prints as one.
  return timeOf(message.messageTimestamp?.toString(), nowMs);
}

function pushNameOf(message: WAMessage, fromMe: boolean): { pushName?: string } {
  return message.pushName && !fromMe ? { pushName: message.pushName } : {};
}

/** Undefined for what a person never sees: key exchanges, edits of settings, empty stanzas. */
export function readMessage(raw: Message | null | undefined): ReadMessage | undefined {
  const message = normalizeMessageContent(raw) ?? undefined;
  if (message === undefined) return undefined;
  return readText(message) ?? readReaction(message) ?? readMedia(message) ?? readOther(message);
}

function readText(message: Message): ReadMessage | undefined {
  const text = message.conversation ?? message.extendedTextMessage?.text;
  if (text === null || text === undefined || text === "") return undefined;
  const quoted = quotedId(message.extendedTextMessage?.contextInfo);
  return { type: "ready", content: { type: "text", text, ...quoted } };
}

function readReaction(message: Message): ReadMessage | undefined {
  const reaction = message.reactionMessage;
  const target = reaction?.key?.id;
  if (target === null || target === undefined) return undefined;
  const emoji = reaction?.text ?? "";
  return { type: "ready", content: { type: "reaction", emoji, targetProviderMessageId: target } };
}

function readMedia(message: Message): ReadMessage | undefined {
  const { imageMessage, videoMessage, documentMessage, audioMessage, stickerMessage } = message;
  if (imageMessage) return media("image", imageMessage, imageMessage);
  if (videoMessage) return media("video", videoMessage, videoMessage);
  if (documentMessage) return media("document", documentMessage, documentMessage);
  if (audioMessage) return media(audioMessage.ptt ? "voice" : "audio", audioMessage, {});
  if (stickerMessage) return media("sticker", stickerMessage, {});
  return undefined;
}

type File = {
  mimetype?: string | null;
  fileSha256?: Uint8Array | null;
  fileLength?: number | { toNumber(): number } | null;
  mediaKey?: Uint8Array | null;
  directPath?: string | null;
  url?: string | null;
  contextInfo?: proto.IContextInfo | null;
};

function media(
  kind: MediaPart["kind"],
  file: File,
  shown: { caption?: string | null; fileName?: string | null },
): ReadMessage {
  const part: MediaPart = {
    kind,
    contentType: file.mimetype ?? "application/octet-stream",
    sizeBytes: Number(file.fileLength ?? 0),
    mediaKey: file.mediaKey ?? undefined,
    directPath: file.directPath ?? undefined,
    url: file.url ?? undefined,
    sha256: file.fileSha256 ?? undefined,
    ...(shown.caption ? { caption: shown.caption } : {}),
    ...(shown.fileName ? { fileName: shown.fileName } : {}),
  };
  return { type: "media", part, ...quotedId(file.contextInfo) };
}

const invisible = new Set([
  "protocolMessage",
  "senderKeyDistributionMessage",
  "messageContextInfo",
  "deviceSentMessage",
  "reactionMessage",
  "pollUpdateMessage",
  "keepInChatMessage",
  "encReactionMessage",
]);

function readOther(message: Message): ReadMessage | undefined {
  const names = Object.entries(message).flatMap(([name, value]) => (value == null ? [] : [name]));
  const what = names.find((name) => !invisible.has(name));
  return what === undefined ? undefined : { type: "ready", content: { type: "unsupported", what } };
}

function quotedId(context: proto.IContextInfo | null | undefined) {
  const id = context?.stanzaId;
  return id ? { quotedProviderMessageId: id } : {};
}
