import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMediaFiles } from "./media-files.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "media-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("bytes come back as they were written, and nothing else stays behind", async () => {
  const files = createMediaFiles(root, () => "one");
  await files.write("org/ab", Buffer.from("bytes"));
  await files.write("org/ab", Buffer.from("bytes"));
  expect(await Array.fromAsync(files.read("org/ab"))).toEqual([Buffer.from("bytes")]);
  expect(await readdir(join(root, "org"))).toEqual(["ab"]);
});

test("a key cannot leave the directory", async () => {
  const files = createMediaFiles(root, () => "one");
  await expect(files.write("../outside", Buffer.from("x"))).rejects.toThrow("left its directory");
});
