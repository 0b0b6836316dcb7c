import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { createFileMediaStore } from "./file-media-store.ts";
import { mediaKey, MediaNotFoundError, MediaTooLargeError } from "./media-store.ts";

test("files are read back whole, limited, and only under our own keys", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "media-"));
  try {
    const store = createFileMediaStore(directory);
    const key = mediaKey("0190a000-0000-7000-8000-000000000000", "ab".repeat(32));
    await expect(store.read(key)).rejects.toThrow(MediaNotFoundError);
    await store.write(key, Buffer.from("hello"), "text/plain");
    expect((await store.read(key)).toString()).toBe("hello");
    await expect(store.read(key, 4)).rejects.toThrow(MediaTooLargeError);
    await expect(store.read("../../etc/passwd")).rejects.toThrow("malformed media key");
    await store.remove(key);
    await expect(store.read(key)).rejects.toThrow(MediaNotFoundError);
  } finally {
    await rm(directory, { recursive: true });
  }
});
