import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import { hkdf } from "@whiskeysockets/baileys";

export type MediaKind = "image" | "video" | "document" | "audio" | "voice";

export type SealedMedia = {
  body: Buffer;
  mediaKey: Buffer;
  fileSha256: Buffer;
  fileEncSha256: Buffer;
};

const LABELS: Record<MediaKind, string> = {
  image: "Image",
  video: "Video",
  document: "Document",
  audio: "Audio",
  voice: "Audio",
};

const MAC_BYTES = 10;

/** Encrypts a file the way clients expect it on the media host: ciphertext and a short MAC. */
export function sealMedia(kind: MediaKind, plain: Buffer): SealedMedia {
  const mediaKey = randomBytes(32);
  const { iv, cipherKey, macKey } = deriveKeys(kind, mediaKey);
  const cipher = createCipheriv("aes-256-cbc", cipherKey, iv);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  const body = Buffer.concat([ciphertext, macOf(macKey, iv, ciphertext)]);
  return { body, mediaKey, fileSha256: sha256(plain), fileEncSha256: sha256(body) };
}

/** The plain bytes; throws when the MAC does not fit. */
export function openMedia(kind: MediaKind, mediaKey: Uint8Array, body: Buffer): Buffer {
  const { iv, cipherKey, macKey } = deriveKeys(kind, mediaKey);
  const ciphertext = body.subarray(0, -MAC_BYTES);
  if (!macOf(macKey, iv, ciphertext).equals(body.subarray(-MAC_BYTES))) {
    throw new Error("the media file does not fit its key");
  }
  const decipher = createDecipheriv("aes-256-cbc", cipherKey, iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function deriveKeys(
  kind: MediaKind,
  mediaKey: Uint8Array,
): { iv: Buffer; cipherKey: Buffer; macKey: Buffer } {
  const keys = Buffer.from(hkdf(mediaKey, 112, { info: `WhatsApp ${LABELS[kind]} Keys` }));
  return {
    iv: keys.subarray(0, 16),
    cipherKey: keys.subarray(16, 48),
    macKey: keys.subarray(48, 80),
  };
}

const macOf = (key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer =>
  createHmac("sha256", key).update(iv).update(ciphertext).digest().subarray(0, MAC_BYTES);

const sha256 = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();
