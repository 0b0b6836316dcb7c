import { generateWAMessageContent, proto } from "@whiskeysockets/baileys";
import type { AnyMessageContent, WAMessageKey, WASocket } from "@whiskeysockets/baileys";
import type { AttemptContent, MediaStore, OutboundAttempt } from "@rarity/channel-kit";
import type { SealedKeyStore } from "../store/sealed-key-store.ts";

/**
 * The message as it goes out, encoded and stored before the first byte is written: a resend, and a
 * device that asks again after a restart, get the same content (and the same uploaded file).
 */
export const outgoingCategory = "outgoing";

export type FreezeDeps = {
  socket: Pick<WASocket, "waUploadToServer" | "authState">;
  keys: SealedKeyStore;
  media: MediaStore;
};

type Message = proto.IMessage;

export async function frozenMessage(
  deps: FreezeDeps,
  attempt: OutboundAttempt,
  jid: string,
): Promise<Message> {
  const kept = await keptMessage(deps.keys, attempt.providerToken);
  if (kept !== undefined) return kept;
  const content = await contentOf(deps.media, attempt.content, jid);
  const message = await generateWAMessageContent(content, {
    upload: deps.socket.waUploadToServer,
    jid,
  });
  quote(message, attempt, authorOf(deps, attempt.quoted?.fromMe ?? false, jid));
  const bytes = proto.Message.encode(message).finish();
  await deps.keys.set({ [outgoingCategory]: { [attempt.providerToken]: Buffer.from(bytes) } });
  return message;
}

/** By id only: the library asks with the device's address, which is not the chat's. */
export async function keptMessage(keys: SealedKeyStore, id: string): Promise<Message | undefined> {
  const found = await keys.get(outgoingCategory, [id]);
  const bytes = found[id];
  return bytes instanceof Uint8Array ? proto.Message.decode(bytes) : undefined;
}

async function contentOf(
  media: MediaStore,
  content: AttemptContent,
  jid: string,
): Promise<AnyMessageContent> {
  if (content.type === "text") return { text: content.text };
  if (content.type === "reaction") {
    const { providerMessageId: id, fromMe } = content.target;
    const key: WAMessageKey = { remoteJid: jid, id, fromMe };
    return { react: { key, text: content.emoji } };
  }
  return mediaContent(await media.read(content.storageKey), content);
}

type MediaContent = Exclude<AttemptContent, { type: "text" | "reaction" }>;

function mediaContent(bytes: Buffer, content: MediaContent): AnyMessageContent {
  const mimetype = content.contentType;
  const caption = content.caption === undefined ? {} : { caption: content.caption };
  switch (content.type) {
    case "image":
      return { image: bytes, mimetype, ...caption };
    case "video":
      return { video: bytes, mimetype, ...caption };
    case "document":
      return { document: bytes, mimetype, fileName: content.fileName ?? "document", ...caption };
    case "audio":
      return { audio: bytes, mimetype };
    case "voice":
      // Phones show the waveform player only for this exact type.
      return { audio: bytes, mimetype: "audio/ogg; codecs=opus", ptt: true };
  }
}

function authorOf(deps: FreezeDeps, fromMe: boolean, jid: string): string {
  const { me } = deps.socket.authState.creds;
  if (!fromMe) return jid;
  const own = jid.endsWith("@lid") ? me?.lid : me?.id;
  return (own ?? jid).replace(/:\d+@/, "@");
}

function quote(message: Message, attempt: OutboundAttempt, participant: string): void {
  const { quoted } = attempt;
  const part = quotablePart(message);
  if (quoted === undefined || part === undefined) return;
  part.contextInfo = {
    ...part.contextInfo,
    stanzaId: quoted.providerMessageId,
    participant,
    quotedMessage: { conversation: quoted.text ?? "" },
  };
}

function quotablePart(message: Message): { contextInfo?: proto.IContextInfo | null } | undefined {
  return (
    message.extendedTextMessage ??
    message.imageMessage ??
    message.videoMessage ??
    message.documentMessage ??
    message.documentWithCaptionMessage?.message?.documentMessage ??
    message.audioMessage ??
    undefined
  );
}
