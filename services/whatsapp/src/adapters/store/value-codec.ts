import { BufferJSON } from "@whiskeysockets/baileys";

/**
 * Session records are bytes already and are by far the most frequent value, so they are stored as
 * they are; everything else is JSON with binary fields marked.
 */
const rawTag = 0;
const jsonTag = 1;

export function encodeValue(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from([rawTag]), value]);
  const json = JSON.stringify(value, BufferJSON.replacer);
  return Buffer.concat([Buffer.from([jsonTag]), Buffer.from(json, "utf8")]);
}

export function decodeValue(bytes: Buffer): unknown {
  if (bytes[0] === rawTag) return Buffer.from(bytes.subarray(1));
  if (bytes[0] !== jsonTag) throw new Error("unknown encoding of a sealed value");
  return JSON.parse(bytes.toString("utf8", 1), BufferJSON.reviver);
}
