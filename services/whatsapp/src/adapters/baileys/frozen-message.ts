import { createHash } from "node:crypto";
import { Readable } from "node:stream";
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
  const message = await newMessage(deps, attempt.content, jid);
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

/** Longest silence of the media host during an upload. */
const uploadTimeoutMs = 60_000;

async function newMessage(deps: FreezeDeps, content: AttemptContent, jid: string) {
  const options = {
    upload: deps.socket.waUploadToServer,
    mediaUploadTimeoutMs: uploadTimeoutMs,
    jid,
  };
  if (content.type === "text") return generateWAMessageContent({ text: content.text }, options);
  if (content.type === "reaction") {
    const { providerMessageId: id, fromMe } = content.target;
    const key: WAMessageKey = { remoteJid: jid, id, fromMe };
    return generateWAMessageContent({ react: { key, text: content.emoji } }, options);
  }
  // From the store through the cipher to a file of the library: no copy of it in memory.
  const { body } = await deps.media.stream(content.storageKey);
  try {
    const stream = Readable.from(verified(body, content.sha256));
    return await generateWAMessageContent(mediaContent({ stream }, content), options);
  } finally {
    body.destroy();
  }
}

/** What was accepted is what goes out, byte for byte, or nothing. */
async function* verified(body: Readable, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== sha256) throw new Error("the stored file is not the accepted one");
}

type MediaContent = Exclude<AttemptContent, { type: "text" | "reaction" }>;

function mediaContent(bytes: { stream: Readable }, content: MediaContent): AnyMessageContent {
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
