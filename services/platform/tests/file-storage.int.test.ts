import { mkdtemp, readdir, rm, utimes, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFileMediaStorage } from "../src/media/index.ts";
import type { MediaStorage } from "../src/media/index.ts";
import { testMediaStorage } from "./media-contract.ts";

let directory: string;
let storage: MediaStorage;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "media-file-"));
  storage = createFileMediaStorage(directory);
});
afterAll(async () => {
  await storage.close();
  await rm(directory, { recursive: true, force: true });
});

describe("media in a folder", () => {
  testMediaStorage(() => storage);

  test("leaves nothing behind in the folder for arriving files", async () => {
    await storage.forTenant("0190a000-0000-7000-8000-000000000009").write(Buffer.from("x"), "a/b");
    expect(await readdir(path.join(directory, ".incoming"))).toEqual([]);
  });

  test("sweeps what a dead process left, and keeps what is still arriving", async () => {
    const incoming = path.join(directory, "second", ".incoming");
    await mkdir(incoming, { recursive: true });
    await writeFile(path.join(incoming, "old.part"), "old");
    await writeFile(path.join(incoming, "new.part"), "new");
    const past = new Date(Date.now() - 2 * 3_600_000);
    await utimes(path.join(incoming, "old.part"), past, past);
    await createFileMediaStorage(path.join(directory, "second")).close();
    expect(await readdir(incoming)).toEqual(["new.part"]);
  });
});
