import { rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { checkMediaKey, mediaKey, mediaReadBytesMax, MediaTooLargeError } from "./media-store.ts";
import type { MediaInfo, MediaStore } from "./media-store.ts";
import type { Spool, SpooledFile } from "./spool.ts";

/** What a kind of storage has to do; keys are checked before they get here. */
export type MediaBackend = {
  /** May take the file away or leave it; the caller removes what is left. */
  put(storageKey: string, file: SpooledFile, contentType: string): Promise<void>;
  get(storageKey: string): Promise<{ body: Readable; sizeBytes: number }>;
  remove(storageKey: string): Promise<void>;
};

/** One tenant's view of a backend. */
export function createTenantStore(orgId: string, spool: Spool, backend: MediaBackend): MediaStore {
  const ours = (storageKey: string): string => checkMediaKey(orgId, storageKey);
  const keep = async (file: SpooledFile, contentType: string): Promise<MediaInfo> => {
    const { sizeBytes, sha256 } = file;
    const storageKey = mediaKey(orgId, sha256);
    await backend.put(storageKey, file, contentType);
    return { storageKey, sizeBytes, sha256 };
  };
  const store: MediaStore = {
    receive: async (source, { maxBytes }) => {
      const file = await spool.take(source, maxBytes);
      const { sizeBytes, sha256, head } = file;
      return {
        ...{ sizeBytes, sha256, head },
        keep: (contentType) => keep(file, contentType),
        discard: () => rm(file.path, { force: true }),
      };
    },
    write: async (body, contentType) => {
      const incoming = await store.receive(once(body), { maxBytes: body.length });
      try {
        return await incoming.keep(contentType);
      } finally {
        await incoming.discard();
      }
    },
    read: async (storageKey, maxBytes = mediaReadBytesMax) => {
      const { body, sizeBytes } = await backend.get(ours(storageKey));
      if (sizeBytes > maxBytes) {
        body.destroy();
        throw new MediaTooLargeError(maxBytes);
      }
      return Buffer.concat(await Array.fromAsync(body as AsyncIterable<Buffer>));
    },
    stream: async (storageKey) => backend.get(ours(storageKey)),
    remove: async (storageKey) => backend.remove(ours(storageKey)),
  };
  return store;
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}
