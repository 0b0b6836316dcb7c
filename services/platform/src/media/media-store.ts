import type { Readable } from "node:stream";

/** `storageKey` is `<orgId>/<sha256>`: content-addressed, and a tenant's objects share one prefix. */
export type MediaInfo = { storageKey: string; sizeBytes: number; sha256: string };

/** Bytes that have arrived but are not stored yet. Call `keep` or `discard`, or both. */
export type IncomingMedia = {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** The first bytes, at most `headBytesMax`: enough to see what kind of file it is. */
  readonly head: Buffer;
  /** Durable when it resolves. Storing the same bytes twice is harmless. */
  keep(contentType: string): Promise<MediaInfo>;
  discard(): Promise<void>;
};

/**
 * The media of one tenant. Every key names the tenant, and a key of another one is refused here,
 * whatever a row in the database says. Memory stays flat: bytes pass through in chunks, and what
 * has no known length or hash yet waits on disk.
 */
export type MediaStore = {
  /** Throws `MediaTooLargeError` at the first byte beyond `maxBytes`; nothing stays behind then. */
  receive(source: AsyncIterable<Uint8Array>, limits: { maxBytes: number }): Promise<IncomingMedia>;
  /** For bytes that are in memory already. */
  write(body: Uint8Array, contentType: string): Promise<MediaInfo>;
  /** Refuses objects above `maxBytes` (default `mediaReadBytesMax`) before reading them. */
  read(storageKey: string, maxBytes?: number): Promise<Buffer>;
  /** Throws `MediaNotFoundError` before the first byte; the caller has to read or destroy `body`. */
  stream(storageKey: string): Promise<{ body: Readable; sizeBytes: number }>;
  remove(storageKey: string): Promise<void>;
};

/** Where an installation keeps its media. */
export type MediaStorage = {
  forTenant(orgId: string): MediaStore;
  close(): Promise<void>;
};

export const headBytesMax = 64 * 1024;
export const mediaReadBytesMax = 16 * 1024 * 1024;

export class MediaNotFoundError extends Error {
  constructor() {
    super("the media store has no such object");
    this.name = "MediaNotFoundError";
  }
}

export class MediaTooLargeError extends Error {
  readonly maxBytes: number;
  constructor(maxBytes: number) {
    super(`the media has more than ${maxBytes} bytes`);
    this.name = "MediaTooLargeError";
    this.maxBytes = maxBytes;
  }
}

/** The store could not do it. `retryable`: the same call may succeed later without any change. */
export class MediaStorageError extends Error {
  /** The server's own code, or one of the operating system. Never an address or a key. */
  readonly code: string;
  readonly retryable: boolean;
  constructor(code: string, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "MediaStorageError";
    this.code = code;
    this.retryable = options.retryable;
  }
}

const orgPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const sha256Pattern = /^[0-9a-f]{64}$/;

export function mediaKey(orgId: string, sha256: string): string {
  const org = orgId.toLowerCase();
  if (!orgPattern.test(org) || !sha256Pattern.test(sha256)) throw new Error("malformed media key");
  return `${org}/${sha256}`;
}

/** A key becomes a path or an address: only this tenant's, in our own shape, may pass. */
export function checkMediaKey(orgId: string, storageKey: string): string {
  const [org = "", sha256 = "", ...rest] = storageKey.split("/");
  if (rest.length > 0 || mediaKey(org, sha256) !== storageKey)
    throw new Error("malformed media key");
  if (org !== orgId.toLowerCase()) throw new Error("the media belongs to another tenant");
  return storageKey;
}
