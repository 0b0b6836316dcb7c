import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { mediaKey, MediaNotFoundError, MediaTooLargeError } from "../src/media/index.ts";
import type { MediaStorage, MediaStore } from "../src/media/index.ts";

const orgId = "0190a000-0000-7000-8000-000000000001";
const otherOrgId = "0190a000-0000-7000-8000-000000000002";

const mebibyte = 1024 * 1024;

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** The same bytes every time, made while they are asked for. */
async function* patternOf(sizeBytes: number): AsyncGenerator<Buffer> {
  const chunk = Buffer.alloc(mebibyte, "media");
  for (let sent = 0; sent < sizeBytes; sent += chunk.length) {
    yield await Promise.resolve(chunk.subarray(0, Math.min(chunk.length, sizeBytes - sent)));
  }
}

const drain = async (body: AsyncIterable<Uint8Array>): Promise<{ size: number; sha: string }> => {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    hash.update(chunk);
  }
  return { size, sha: hash.digest("hex") };
};

type Open = (org?: string) => MediaStore;

/** What every kind of media storage has to do. Call inside a `describe`. */
export function testMediaStorage(open: () => MediaStorage): void {
  const store: Open = (org = orgId) => open().forTenant(org);
  testKeeping(store);
  testRefusing(store);
  testTenants(store);
}

function testKeeping(store: Open): void {
  test("bytes come back as they were, whole and as a stream", async () => {
    const bytes = randomBytes(300_000);
    const info = await store().write(bytes, "image/png");
    expect(info).toEqual({
      storageKey: mediaKey(orgId, sha256(bytes)),
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    });
    expect((await store().read(info.storageKey)).equals(bytes)).toBe(true);
    const { body, sizeBytes } = await store().stream(info.storageKey);
    expect(sizeBytes).toBe(bytes.length);
    expect(await drain(body)).toEqual({ size: bytes.length, sha: sha256(bytes) });
  });

  test("the same bytes may be written again, also at the same time", async () => {
    const bytes = randomBytes(10_000);
    const written = await Promise.all([1, 2, 3].map(() => store().write(bytes, "text/plain")));
    expect(new Set(written.map(({ storageKey }) => storageKey)).size).toBe(1);
    expect((await store().read(written[0]?.storageKey ?? "")).equals(bytes)).toBe(true);
  });

  test("a large file passes through in chunks, and memory stays flat", async () => {
    const size = 160 * mebibyte;
    await drain(patternOf(8 * mebibyte));
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
    try {
      const incoming = await store().receive(patternOf(size), { maxBytes: size });
      const { storageKey } = await incoming.keep("video/mp4");
      await incoming.discard();
      const { body, sizeBytes } = await store().stream(storageKey);
      expect(sizeBytes).toBe(size);
      expect((await drain(body)).sha).toBe(incoming.sha256);
      await store().remove(storageKey);
    } finally {
      clearInterval(watch);
    }
    // Garbage that waits for its collection counts as well; the file as a whole would be more.
    expect((peak - before) / mebibyte).toBeLessThan(128);
  }, 60_000);
}

function testRefusing(store: Open): void {
  test("a file that is too large is refused, and what arrived of it is gone", async () => {
    const source = patternOf(3 * mebibyte);
    await expect(store().receive(source, { maxBytes: 2 * mebibyte })).rejects.toThrow(
      MediaTooLargeError,
    );
    const { storageKey } = await store().write(randomBytes(100), "text/plain");
    await expect(store().read(storageKey, 99)).rejects.toThrow(MediaTooLargeError);
  });

  test("nothing is stored before it is kept, nor after it was discarded", async () => {
    const bytes = randomBytes(1000);
    const incoming = await store().receive(patternOf(0), { maxBytes: 1 });
    expect(incoming).toMatchObject({ sizeBytes: 0, sha256: sha256(Buffer.alloc(0)) });
    await incoming.discard();
    const second = await store().receive(
      (async function* () {
        yield await Promise.resolve(bytes);
      })(),
      { maxBytes: 1000 },
    );
    expect(second.head.equals(bytes)).toBe(true);
    await expect(store().stream(mediaKey(orgId, second.sha256))).rejects.toThrow(
      MediaNotFoundError,
    );
    await second.discard();
    await second.discard();
  });

  test("a source that breaks off stores nothing", async () => {
    const source = (async function* () {
      yield await Promise.resolve(Buffer.from("half"));
      throw new Error("the sender went away");
    })();
    await expect(store().receive(source, { maxBytes: 100 })).rejects.toThrow("went away");
  });
}

function testTenants(store: Open): void {
  test("what is missing is said to be missing; removing it is no error", async () => {
    const key = mediaKey(orgId, "ab".repeat(32));
    await expect(store().read(key)).rejects.toThrow(MediaNotFoundError);
    await expect(store().stream(key)).rejects.toThrow(MediaNotFoundError);
    await store().remove(key);
    const { storageKey } = await store().write(Buffer.from("short-lived"), "text/plain");
    await store().remove(storageKey);
    await expect(store().read(storageKey)).rejects.toThrow(MediaNotFoundError);
  });

  test("a tenant reaches its own keys only, and only keys of our shape", async () => {
    const { storageKey } = await store().write(Buffer.from("ours"), "text/plain");
    await expect(store(otherOrgId).read(storageKey)).rejects.toThrow("another tenant");
    await expect(store(otherOrgId).stream(storageKey)).rejects.toThrow("another tenant");
    await expect(store(otherOrgId).remove(storageKey)).rejects.toThrow("another tenant");
    const malformed = ["../../etc/passwd", `${storageKey}/..`, storageKey.toUpperCase(), "", "a/b"];
    for (const key of malformed) {
      await expect(store().read(key), key).rejects.toThrow("malformed media key");
    }
    expect((await store().read(storageKey)).toString()).toBe("ours");
  });
}
