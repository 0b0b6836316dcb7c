import { createHash } from "node:crypto";
import { downloadContentFromMessage } from "@whiskeysockets/baileys";
import { maxMediaBytes, mediaKey } from "@rarity/channel-kit";
import type { InboundMedia, MediaStore } from "@rarity/channel-kit";

export type MediaPart = {
  kind: InboundMedia["kind"];
  contentType: string;
  sizeBytes: number;
  mediaKey: Uint8Array | undefined;
  directPath: string | undefined;
  url: string | undefined;
  sha256: Uint8Array | undefined;
  caption?: string;
  fileName?: string;
};

export type DownloadDeps = {
  orgId: string;
  store: MediaStore;
  /** The host the server named for this connection. */
  mediaHost(): string;
  timeoutMs: number;
};

const typeOf = {
  image: "image",
  video: "video",
  document: "document",
  audio: "audio",
  voice: "ptt",
  sticker: "sticker",
} as const satisfies Record<MediaPart["kind"], string>;

/** Fetches, decrypts, checks and stores one file. Throws when any of that does not hold. */
export async function downloadMedia(deps: DownloadDeps, part: MediaPart): Promise<InboundMedia> {
  if (part.mediaKey === undefined || part.directPath === undefined || part.sha256 === undefined) {
    throw new Error("the message names no file");
  }
  if (part.sizeBytes > maxMediaBytes) throw new Error("the file is larger than we accept");
  // A path that is no path could carry another host into the address.
  if (!part.directPath.startsWith("/")) throw new Error("the file's path is malformed");
  const bytes = await fetchBytes(deps, { ...part, directPath: part.directPath });
  const digest = createHash("sha256").update(bytes).digest();
  if (!digest.equals(part.sha256)) throw new Error("the file differs from what was sent");
  const sha256 = digest.toString("hex");
  const storageKey = mediaKey(deps.orgId, sha256);
  await deps.store.write(storageKey, bytes, part.contentType);
  return {
    kind: part.kind,
    contentType: part.contentType,
    sizeBytes: bytes.length,
    sha256,
    storageKey,
    ...(part.caption === undefined ? {} : { caption: part.caption }),
    ...(part.fileName === undefined ? {} : { fileName: part.fileName }),
  };
}

async function fetchBytes(
  deps: DownloadDeps,
  part: MediaPart & { directPath: string },
): Promise<Buffer> {
  const signal = AbortSignal.timeout(deps.timeoutMs);
  // The address inside a message is the sender's word: only the server's own hosts are asked.
  const host = allowedHost(part.url, deps.mediaHost());
  const stream = await downloadContentFromMessage(
    { mediaKey: part.mediaKey ?? null, directPath: part.directPath, url: null },
    typeOf[part.kind],
    { host, options: { signal, redirect: "error" } },
  );
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxMediaBytes) {
      stream.destroy();
      throw new Error("the file is larger than we accept");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function allowedHost(url: string | undefined, mediaHost: string): string {
  const named = url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
  const isWhatsApp = named?.protocol === "https:" && named.hostname.endsWith(".whatsapp.net");
  return isWhatsApp && named.port === "" ? named.host : mediaHost;
}
