import type { Readable } from "node:stream";

export type MediaInfo = { storageKey: string; sizeBytes: number };

/**
 * Where media bytes live. Keys are `<orgId>/<sha256>` (see `mediaKey`): content-addressed, so
 * writing the same bytes twice is harmless and a tenant's objects share one prefix.
 */
export type MediaStore = {
  write(storageKey: string, body: Buffer, contentType: string): Promise<MediaInfo>;
  /** Refuses objects above `maxBytes` (default 16 MiB) before reading them into memory. */
  read(storageKey: string, maxBytes?: number): Promise<Buffer>;
  stream(storageKey: string): Promise<{ body: Readable; sizeBytes: number }>;
  remove(storageKey: string): Promise<void>;
  close(): Promise<void>;
};

export class MediaNotFoundError extends Error {
  constructor(storageKey: string) {
    super(`no media under ${storageKey}`);
    this.name = "MediaNotFoundError";
  }
}

export class MediaTooLargeError extends Error {
  constructor(sizeBytes: number, maxBytes: number) {
    super(`media has ${sizeBytes} bytes, the limit is ${maxBytes}`);
    this.name = "MediaTooLargeError";
  }
}

export const maxMediaBytes = 16 * 1024 * 1024;

const keyPattern = /^[0-9a-f-]{36}\/[0-9a-f]{64}$/;

export function mediaKey(orgId: string, sha256: string): string {
  return checkMediaKey(`${orgId}/${sha256}`.toLowerCase());
}

/** A key reaches a path or URL: only our own shape may pass. */
export function checkMediaKey(storageKey: string): string {
  if (!keyPattern.test(storageKey)) throw new Error("malformed media key");
  return storageKey;
}
