import { open, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { MediaNotFoundError } from "./media-store.ts";
import type { MediaStorage } from "./media-store.ts";
import { createSpool } from "./spool.ts";
import { createTenantStore } from "./tenant-store.ts";
import type { MediaBackend } from "./tenant-store.ts";

const staleAfterMs = 3_600_000;

/** Media as files under one directory that every process of the installation sees. */
export function createFileMediaStorage(directory: string): MediaStorage {
  // On the same file system as the objects: keeping a file is a rename.
  const incoming = path.join(directory, ".incoming");
  const spool = createSpool(incoming);
  const backend = createFileBackend(directory);
  const swept = sweep(incoming);
  return {
    forTenant: (orgId) => createTenantStore(orgId, spool, backend),
    close: () => swept,
  };
}

function createFileBackend(directory: string): MediaBackend {
  const pathOf = (storageKey: string): string => path.join(directory, storageKey);
  return {
    // A reader sees the whole object or none: it was written and synced under another name.
    put: async (storageKey, file) => {
      const target = pathOf(storageKey);
      await mkdir(path.dirname(target), { recursive: true, mode: 0o750 });
      await rename(file.path, target);
      await syncDirectory(path.dirname(target));
    },
    get: async (storageKey) => {
      const file = await openFile(pathOf(storageKey));
      try {
        const { size: sizeBytes } = await file.stat();
        return { body: file.createReadStream(), sizeBytes };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
    remove: (storageKey) => rm(pathOf(storageKey), { force: true }),
  };
}

async function openFile(target: string): ReturnType<typeof open> {
  try {
    return await open(target, "r");
  } catch (error) {
    if (isNotFound(error)) throw new MediaNotFoundError();
    throw error;
  }
}

/** Without it a power cut may forget the name of a file whose bytes are on disk. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Files of a process that died while they arrived. */
async function sweep(incoming: string): Promise<void> {
  try {
    for (const name of await readdir(incoming)) {
      const file = path.join(incoming, name);
      if (Date.now() - (await stat(file)).mtimeMs > staleAfterMs) await rm(file, { force: true });
    }
  } catch {
    // No such folder yet, or another process sweeps, too.
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
