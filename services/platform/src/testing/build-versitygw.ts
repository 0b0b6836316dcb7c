import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { waitFor } from "./wait-for.ts";

const version = "1.8.0";
const folder = join(homedir(), ".cache", "rarity-leads", "tools");
const target = join(folder, `versitygw-${version}`);
const binary = join(target, "versitygw");
const buildTimeoutMs = 20 * 60_000;

const run = promisify(execFile);

export type FoundServer = { ok: true; binary: string } | { ok: false; reason: string };

/** An S3 server that checks signatures, built once by `go` into a folder outside the clone. */
export const buildVersitygw = async (): Promise<FoundServer> => {
  if (await exists(binary)) return { ok: true, binary };
  try {
    await run("go", ["version"]);
  } catch {
    return { ok: false, reason: "go is not on PATH, so the S3 server cannot be built" };
  }
  await mkdir(folder, { recursive: true });
  try {
    await buildOnce();
    return { ok: true, binary };
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split("\n").at(1) ?? error.message) : "";
    return { ok: false, reason: `the S3 server could not be built: ${detail.slice(0, 200)}` };
  }
};

/** Test files run side by side: the second one waits for the first. */
const buildOnce = async (): Promise<void> => {
  const lock = `${target}.lock`;
  const mine = await mkdir(lock).then(
    () => true,
    () => false,
  );
  if (!mine) {
    const isStale = Date.now() - (await stat(lock)).mtimeMs > buildTimeoutMs;
    if (!isStale) return waitForBuild(lock);
  }
  try {
    await build();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
};

const waitForBuild = async (lock: string): Promise<void> => {
  const options = { timeoutMs: buildTimeoutMs, intervalMs: 500, what: "the build of versitygw" };
  await waitFor(async () => !(await exists(lock)), options);
  await access(binary);
};

const build = async (): Promise<void> => {
  const scratch = await mkdtemp(join(folder, ".versitygw-"));
  try {
    const name = `github.com/versity/versitygw/cmd/versitygw@v${version}`;
    await run("go", ["install", "-trimpath", "-ldflags=-s -w", name], {
      env: { ...process.env, GOBIN: scratch, CGO_ENABLED: "0", GOFLAGS: "" },
      timeout: buildTimeoutMs,
      maxBuffer: 64 * 1024 * 1024,
    });
    // The folder appears whole or not at all.
    await rename(scratch, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
