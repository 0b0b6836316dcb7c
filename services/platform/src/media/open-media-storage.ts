import { createFileMediaStorage } from "./file-storage.ts";
import type { MediaStorage } from "./media-store.ts";
import type { MediaLocation } from "./settings.ts";

/** Opens no connection: a store that is away delays media, never the start of a process. */
export async function openMediaStorage(location: MediaLocation): Promise<MediaStorage> {
  if (location.kind === "file") return createFileMediaStorage(location.directory);
  // Loaded only where it is used: thousands of channel processes keep files.
  const { createS3MediaStorage } = await import("./s3/s3-storage.ts");
  return createS3MediaStorage(location);
}
