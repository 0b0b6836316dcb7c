import { baseContentType, mediaContentTypes } from "@rarity/contracts/media";

/** What a file has to begin with: texts at fixed places. */
type Signature = { contentType: string; parts: readonly { offset: number; text: string }[] };

const at = (offset: number, text: string): { offset: number; text: string } => ({ offset, text });

const signatures: readonly Signature[] = [
  { contentType: "image/jpeg", parts: [at(0, "\xff\xd8\xff")] },
  { contentType: "image/png", parts: [at(0, "\x89PNG\r\n\x1a\n")] },
  { contentType: "image/gif", parts: [at(0, "GIF87a")] },
  { contentType: "image/gif", parts: [at(0, "GIF89a")] },
  { contentType: "image/webp", parts: [at(0, "RIFF"), at(8, "WEBP")] },
  { contentType: "audio/wav", parts: [at(0, "RIFF"), at(8, "WAVE")] },
  { contentType: "audio/ogg", parts: [at(0, "OggS")] },
  { contentType: "audio/mpeg", parts: [at(0, "ID3")] },
  { contentType: "audio/amr", parts: [at(0, "#!AMR")] },
  { contentType: "video/mp4", parts: [at(4, "ftyp")] },
  { contentType: "video/webm", parts: [at(0, "\x1a\x45\xdf\xa3")] },
  { contentType: "application/pdf", parts: [at(0, "%PDF-")] },
  { contentType: "application/zip", parts: [at(0, "PK\x03\x04")] },
  { contentType: "application/x-ole", parts: [at(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")] },
];

/** Media types that may be claimed for bytes with a given signature. */
const claims: Record<string, readonly string[]> = {
  "audio/ogg": ["audio/ogg", "audio/opus", "video/ogg"],
  "audio/wav": ["audio/wav", "audio/x-wav", "audio/wave"],
  "audio/mpeg": ["audio/mpeg", "audio/mp3"],
  "video/mp4": [
    ...["video/mp4", "audio/mp4", "audio/m4a", "audio/x-m4a"],
    ...["video/quicktime", "video/3gpp"],
  ],
  "video/webm": ["video/webm", "audio/webm"],
  "application/x-ole": ["application/msword", "application/vnd.ms-excel"],
};

/** Document types that are zip archives inside. */
const zipDocuments = /^application\/(zip|vnd\.openxmlformats-|vnd\.oasis\.opendocument\.|epub)/;

/** The only types whose bytes carry no signature. */
const plainTexts = ["text/plain", "text/csv"];

/** The media type the first bytes speak of, or undefined for bytes without a known signature. */
export function sniffContentType(head: Uint8Array): string | undefined {
  const start = Buffer.from(head.subarray(0, 32)).toString("latin1");
  const found = signatures.find(({ parts }) =>
    parts.every(({ offset, text }) => start.startsWith(text, offset)),
  );
  if (found) return found.contentType;
  // Audio frames without a file header: sync bits, then the layer; AAC's is zero, MPEG's is not.
  const [first = 0, second = 0] = head;
  if (first !== 0xff) return undefined;
  if ((second & 0xf6) === 0xf0) return "audio/aac";
  return (second & 0xe0) === 0xe0 && (second & 0x06) !== 0 ? "audio/mpeg" : undefined;
}

/** Whether the bytes are what somebody says they are. A type nobody can check is not believed. */
export function contentTypeMatches(claimed: string, head: Uint8Array): boolean {
  const base = baseContentType(claimed);
  const sniffed = sniffContentType(head);
  if (sniffed === undefined) return plainTexts.includes(base) && isText(head);
  if (sniffed === "application/zip") return zipDocuments.test(base);
  return (claims[sniffed] ?? [sniffed]).includes(base);
}

/** Bytes no text has: NUL and the control characters but for tab, line feed, form feed, return. */
function isText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 0x20 || [0x09, 0x0a, 0x0c, 0x0d].includes(byte));
}

/** Types whose bytes carry a signature that a viewer relies on. */
const signed = /^(image|video|audio)\/|^application\/pdf$/;

/**
 * The type of a file that somebody else sent: their word, unless the bytes say otherwise. Nothing
 * is refused here; a file that lies becomes what it is, or plain bytes.
 */
export function trustedContentType(claimed: string, head: Uint8Array): string {
  if (contentTypeMatches(claimed, head)) return claimed;
  const sniffed = sniffContentType(head);
  if (sniffed !== undefined) return sniffed;
  return signed.test(baseContentType(claimed)) ? "application/octet-stream" : claimed;
}

/**
 * The type a browser may be told. Strangers name the type of what they send: HTML, SVG and all
 * else a browser would run, and whatever is no media type at all, become plain bytes.
 */
export function servedContentType(stored: string): string {
  const base = baseContentType(stored);
  return (mediaContentTypes as readonly string[]).includes(base)
    ? base
    : "application/octet-stream";
}
