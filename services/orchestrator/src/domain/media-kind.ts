import type { MediaKind } from "./message-content.ts";

interface Signature {
  readonly contentType: string;
  readonly offset: number;
  readonly bytes: readonly number[];
}

const ascii = (text: string): number[] => [...Buffer.from(text, "latin1")];

const signatures: readonly Signature[] = [
  { contentType: "image/jpeg", offset: 0, bytes: [0xff, 0xd8, 0xff] },
  { contentType: "image/png", offset: 0, bytes: [0x89, ...ascii("PNG\r\n"), 0x1a, 0x0a] },
  { contentType: "image/gif", offset: 0, bytes: ascii("GIF8") },
  { contentType: "image/webp", offset: 8, bytes: ascii("WEBP") },
  { contentType: "audio/wav", offset: 8, bytes: ascii("WAVE") },
  { contentType: "audio/ogg", offset: 0, bytes: ascii("OggS") },
  { contentType: "audio/mpeg", offset: 0, bytes: ascii("ID3") },
  { contentType: "audio/amr", offset: 0, bytes: ascii("#!AMR") },
  { contentType: "video/mp4", offset: 4, bytes: ascii("ftyp") },
  { contentType: "video/webm", offset: 0, bytes: [0x1a, 0x45, 0xdf, 0xa3] },
  { contentType: "application/pdf", offset: 0, bytes: ascii("%PDF-") },
  { contentType: "application/zip", offset: 0, bytes: ascii("PK\u0003\u0004") },
];

/** Media types that may be claimed for bytes with a given signature. */
const claims: Record<string, readonly string[]> = {
  "audio/ogg": ["audio/ogg", "audio/opus", "video/ogg"],
  "audio/wav": ["audio/wav", "audio/x-wav", "audio/wave"],
  "audio/mpeg": ["audio/mpeg", "audio/mp3"],
  "video/mp4": [
    "video/mp4",
    "audio/mp4",
    "audio/m4a",
    "audio/x-m4a",
    "video/quicktime",
    "video/3gpp",
  ],
  "video/webm": ["video/webm", "audio/webm"],
};

/** Document types that are zip archives inside. */
const zipDocuments = /^application\/(zip|vnd\.openxmlformats-|vnd\.oasis\.opendocument\.|epub)/;

/** Media types whose bytes must carry a known signature: a browser or phone would run or render them. */
const signed = /^(image|video|audio)\/|^application\/pdf$/;

/** The media type the first bytes speak of, or undefined for bytes without a known signature. */
export function sniffContentType(bytes: Uint8Array): string | undefined {
  const found = signatures.find(({ offset, bytes: expected }) =>
    expected.every((byte, index) => bytes[offset + index] === byte),
  );
  if (found) return found.contentType;
  // Audio frames without a file header: sync bits, then the layer; AAC's is zero, MPEG's is not.
  const [first = 0, second = 0] = bytes;
  if (first !== 0xff) return undefined;
  if ((second & 0xf6) === 0xf0) return "audio/aac";
  return (second & 0xe0) === 0xe0 && (second & 0x06) !== 0 ? "audio/mpeg" : undefined;
}

/** `image/jpeg; charset=binary` -> `image/jpeg`. */
export function baseContentType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

/** Whether the bytes are what the caller says they are. */
export function contentTypeMatches(claimed: string, bytes: Uint8Array): boolean {
  const base = baseContentType(claimed);
  const sniffed = sniffContentType(bytes);
  if (sniffed === undefined) return !signed.test(base);
  if (sniffed === "application/zip") return zipDocuments.test(base);
  return (claims[sniffed] ?? [sniffed]).includes(base);
}

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
