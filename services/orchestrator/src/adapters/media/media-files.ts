import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";

export interface MediaFiles {
  /** Durable when it resolves. Writing the same key again is harmless: keys name their content. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  read(key: string): Readable;
}

/** Media bytes on a file system that every process of the installation sees. */
export function createMediaFiles(root: string, newName: () => string): MediaFiles {
  const pathOf = (key: string): string => {
    const path = resolve(root, key);
    if (!path.startsWith(resolve(root) + sep)) throw new Error("a media key left its directory");
    return path;
  };
  return {
    write: async (key, bytes) => {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      // Under another name until it is whole, so that no reader ever sees half a file.
      const partial = join(dirname(path), `.${newName()}.partial`);
      try {
        await writeSynced(partial, bytes);
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },
    read: (key) => createReadStream(pathOf(key)),
  };
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o640);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
