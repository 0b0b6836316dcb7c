import { createHash, randomUUID } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rm } from "node:fs/promises";
import path from "node:path";
import { headBytesMax, MediaStorageError, MediaTooLargeError } from "./media-store.ts";

/** A whole, synced file of known length and hash. */
export type SpooledFile = { path: string; sizeBytes: number; sha256: string; head: Buffer };

const spoolsMax = 64;

export type Spool = {
  /** Writes the source to a file of its own; nothing is left of it when that fails. */
  take(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<SpooledFile>;
};

/** Arriving bytes wait on disk, so that a slow sender or a large file costs no memory. */
export function createSpool(directory: string): Spool {
  let running = 0;
  return {
    take: async (source, maxBytes) => {
      if (running >= spoolsMax) {
        throw new MediaStorageError("busy", "too many files arrive at once", { retryable: true });
      }
      running += 1;
      const target = path.join(directory, `${randomUUID()}.part`);
      try {
        await mkdir(directory, { recursive: true, mode: 0o750 });
        return { path: target, ...(await writeAll(target, source, maxBytes)) };
      } catch (error) {
        await rm(target, { force: true });
        throw error;
      } finally {
        running -= 1;
      }
    },
  };
}

async function writeAll(
  target: string,
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Omit<SpooledFile, "path">> {
  const file = await open(target, "wx", 0o640);
  try {
    const written = await pour(source, file, maxBytes);
    await file.sync();
    return written;
  } finally {
    await file.close();
  }
}

async function pour(
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
  maxBytes: number,
): Promise<Omit<SpooledFile, "path">> {
  const hash = createHash("sha256");
  const head: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of source) {
    if (sizeBytes + chunk.length > maxBytes) throw new MediaTooLargeError(maxBytes);
    if (sizeBytes < headBytesMax)
      head.push(Buffer.from(chunk.subarray(0, headBytesMax - sizeBytes)));
    sizeBytes += chunk.length;
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  return { sizeBytes, sha256: hash.digest("hex"), head: Buffer.concat(head) };
}
