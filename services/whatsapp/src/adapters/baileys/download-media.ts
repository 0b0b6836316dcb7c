import type { Agent } from "node:http";
import { getMediaKeys } from "@whiskeysockets/baileys";
import type { InboundMedia, MediaStore } from "@rarity/channel-kit";
import { mediaKindMaxBytes } from "@rarity/contracts/media";
import {
  imagePixels,
  imagePixelsMax,
  MediaTooLargeError,
  trustedContentType,
} from "@rarity/platform/media";
import type { IncomingMedia } from "@rarity/platform/media";
import { decryptFile, FileRefusedError } from "./decrypt-file.ts";
import { fetchEncrypted } from "./fetch-encrypted.ts";

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
  store: MediaStore;
  /** The host the server named for this connection. */
  mediaHost(): string;
  agent: Agent | undefined;
  timeoutMs: number;
};

const kinds = {
  image: { keys: "image", maxBytes: mediaKindMaxBytes.image },
  video: { keys: "video", maxBytes: mediaKindMaxBytes.video },
  document: { keys: "document", maxBytes: mediaKindMaxBytes.document },
  audio: { keys: "audio", maxBytes: mediaKindMaxBytes.audio },
  voice: { keys: "ptt", maxBytes: mediaKindMaxBytes.audio },
  sticker: { keys: "sticker", maxBytes: mediaKindMaxBytes.image },
} as const satisfies Record<MediaPart["kind"], unknown>;

type WholePart = MediaPart & { directPath: string; mediaKey: Uint8Array; sha256: Uint8Array };

/** Fetches, decrypts, checks and stores one file. Throws when any of that does not hold. */
export async function downloadMedia(deps: DownloadDeps, part: MediaPart): Promise<InboundMedia> {
  const whole = checkPart(part);
  const incoming = await receive(deps, whole);
  try {
    if (incoming.sha256 !== Buffer.from(whole.sha256).toString("hex")) {
      throw new FileRefusedError("the file differs from what was sent");
    }
    const contentType = storedContentType(part.contentType, incoming);
    const info = await incoming.keep(contentType);
    return {
      ...{ kind: part.kind, contentType, ...info },
      ...(part.caption === undefined ? {} : { caption: part.caption }),
      ...(part.fileName === undefined ? {} : { fileName: part.fileName }),
    };
  } finally {
    await incoming.discard();
  }
}

function checkPart(part: MediaPart): WholePart {
  const { directPath, mediaKey, sha256 } = part;
  if (mediaKey === undefined || directPath === undefined || sha256 === undefined) {
    throw new FileRefusedError("the message names no file");
  }
  if (part.sizeBytes > kinds[part.kind].maxBytes) throw tooLarge();
  // A path that is no path could carry another host into the address.
  if (!directPath.startsWith("/")) throw new FileRefusedError("the file's path is malformed");
  return { ...part, directPath, mediaKey, sha256 };
}

async function receive(deps: DownloadDeps, part: WholePart): Promise<IncomingMedia> {
  const { keys, maxBytes } = kinds[part.kind];
  const { iv, cipherKey, macKey } = await getMediaKeys(part.mediaKey, keys);
  if (macKey === undefined) throw new Error("the library derived no MAC key");
  // The address inside a message is the sender's word: only the server's own hosts are asked.
  const host = allowedHost(part.url, deps.mediaHost());
  const { agent, timeoutMs } = deps;
  const answer = await fetchEncrypted({ host, path: part.directPath, agent, timeoutMs });
  try {
    return await deps.store.receive(decryptFile(answer, { iv, cipherKey, macKey }), { maxBytes });
  } catch (error) {
    throw error instanceof MediaTooLargeError ? tooLarge() : error;
  } finally {
    answer.destroy();
  }
}

/** A stranger's word for it, as far as the bytes bear it out. */
function storedContentType(claimed: string, { head }: IncomingMedia): string {
  const contentType = trustedContentType(claimed, head);
  const isBomb = (imagePixels(contentType, head) ?? 0) > imagePixelsMax;
  return isBomb ? "application/octet-stream" : contentType;
}

const tooLarge = (): FileRefusedError => new FileRefusedError("the file is larger than we accept");

function allowedHost(url: string | undefined, mediaHost: string): string {
  const named = url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
  const isWhatsApp = named?.protocol === "https:" && named.hostname.endsWith(".whatsapp.net");
  return isWhatsApp && named.port === "" ? named.host : mediaHost;
}
