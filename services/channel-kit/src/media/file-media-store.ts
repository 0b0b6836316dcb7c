import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { MediaStore } from "./media-store.ts";
import {
  checkMediaKey,
  maxMediaBytes,
  MediaNotFoundError,
  MediaTooLargeError,
} from "./media-store.ts";

/** Media as files under one directory: the default without an object store. */
export function createFileMediaStore(directory: string): MediaStore {
  const pathOf = (storageKey: string): string => path.join(directory, checkMediaKey(storageKey));
  const sizeOf = async (storageKey: string): Promise<number> => {
    try {
      return (await stat(pathOf(storageKey))).size;
    } catch (error) {
      if (isNotFound(error)) throw new MediaNotFoundError(storageKey);
      throw error;
    }
  };
  return {
    write: async (storageKey, body) => {
      await writeWhole(pathOf(storageKey), body);
      return { storageKey, sizeBytes: body.length };
    },
    read: async (storageKey, maxBytes = maxMediaBytes) => {
      const sizeBytes = await sizeOf(storageKey);
      if (sizeBytes > maxBytes) throw new MediaTooLargeError(sizeBytes, maxBytes);
      return readFile(pathOf(storageKey));
    },
    stream: async (storageKey) => {
      const sizeBytes = await sizeOf(storageKey);
      return { body: createReadStream(pathOf(storageKey)), sizeBytes };
    },
    remove: (storageKey) => rm(pathOf(storageKey), { force: true }),
    close: () => Promise.resolve(),
  };
}

/** A reader sees the whole object or none: written aside, synced, then renamed. */
async function writeWhole(target: string, body: Buffer): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const aside = `${target}.${randomUUID()}.part`;
  try {
    const file = await open(aside, "wx");
    try {
      await file.writeFile(body);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
