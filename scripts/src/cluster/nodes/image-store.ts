import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { runCommand } from "../../lib/run-command.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import { withFolderLock } from "../binaries/folder-lock.ts";
import type { NodePrograms } from "../binaries/node-programs.ts";
import { startComponent } from "../control-plane/component.ts";
import { runtimeSettings } from "./node-settings.ts";

/** The data folder of a containerd that has loaded images; every node gets a copy. */
export type ImageStore = { folder: string };

const keptStores = 3;

/** Archives are named after their content, so their names and ages say what is in the store. */
const keyOf = async (archives: readonly string[]): Promise<string> => {
  const hash = createHash("sha256");
  for (const archive of archives) hash.update(`${archive} ${(await stat(archive)).mtimeMs}\n`);
  return hash.digest("hex").slice(0, 16);
};

/**
 * Copies a store by hard links: layers and blobs are written once and never changed. Its databases are
 * changed in place, so they are copied.
 */
export const copyStore = async (from: string, to: string): Promise<void> => {
  const linked = await runCommand("cp", ["-al", from, to]).then(
    () => true,
    () => false,
  );
  // Another file system: a whole copy.
  if (!linked) {
    await rm(to, { recursive: true, force: true });
    await runCommand("cp", ["-a", from, to], { timeoutMs: 300_000 });
    return;
  }
  const databases = await runCommand("find", [to, "-name", "*.db"]);
  for (const file of databases.split("\n").filter((line) => line !== "")) {
    await runCommand("cp", ["-a", file, `${file}.copy`]);
    await rename(`${file}.copy`, file);
  }
};

/**
 * An image that takes another's name leaves that one's layers without an owner until it is unpacked: a
 * collection in between takes those it is about to build on.
 */
const collectNothing = `[plugins."io.containerd.gc.v1.scheduler"]
  mutation_threshold = 0
  startup_delay = "24h"
`;

/** Loads archives with a containerd of its own, in namespaces of its own, that ends afterwards. */
const load = async (
  folder: string,
  archives: readonly string[],
  { programs, progress }: { programs: NodePrograms; progress: Progress },
): Promise<void> => {
  const settings = join(folder, "containerd.toml");
  await writeFile(
    settings,
    `${runtimeSettings({ folder, programs, pauseImage: "" })}${collectNothing}`,
  );
  const apart = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const path = [...programs.folders, process.env["PATH"]].join(":");
  const containerd = startComponent(
    "containerd",
    { file: "unshare", args: [...apart, "env", `PATH=${path}`, programs.containerd] },
    ["--config", settings],
    join(folder, "log"),
  );
  const address = ["--address", join(folder, "containerd.sock"), "--namespace", "k8s.io"];
  const ctr = (...args: string[]): Promise<string> =>
    runCommand(programs.ctr, [...address, ...args], { timeoutMs: 300_000 });
  try {
    await waitUntil("containerd", () => ctr("version"), 30_000, 50);
    for (const archive of archives) {
      progress(`Loading ${basename(archive)} for the nodes ...`);
      await ctr("images", "import", archive);
    }
    // To delete a lease in this way collects whatever nothing refers to, once.
    await ctr("leases", "create", "--id", "loaded");
    await ctr("leases", "delete", "--sync", "loaded");
  } finally {
    await containerd.stop();
  }
};

/** What is loaded already need not be loaded again: a new store begins with the newest one. */
const newest = async (cache: string): Promise<string[]> => {
  const names = existsSync(cache) ? await readdir(cache) : [];
  const stores = await Promise.all(
    names
      .filter((name) => /^[0-9a-f]{16}$/.test(name))
      .map(async (name) => ({ name, at: (await stat(join(cache, name))).mtimeMs })),
  );
  return stores.sort((a, b) => b.at - a.at).map(({ name }) => join(cache, name));
};

/** A store with these images, from an earlier time or made now. */
export const ensureImageStore = async (
  archives: readonly string[],
  options: { programs: NodePrograms; cache: string; progress: Progress },
): Promise<ImageStore> => {
  const { cache } = options;
  const folder = join(cache, await keyOf(archives));
  await mkdir(cache, { recursive: true });
  const make = async (): Promise<void> => {
    if (existsSync(folder)) return;
    const scratch = await mkdtemp(join(cache, ".new-"));
    const [before] = await newest(cache);
    try {
      if (before !== undefined) await copyStore(before, join(scratch, "containerd"));
      await load(scratch, archives, options);
      // It has the age of what it began with.
      await utimes(join(scratch, "containerd"), new Date(), new Date());
      await rename(join(scratch, "containerd"), folder);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    for (const old of (await newest(cache)).slice(keptStores))
      await rm(old, { recursive: true, force: true });
  };
  await withFolderLock(`${folder}.lock`, make, (pid) =>
    options.progress(`images are being loaded by process ${pid}; waiting for it ...`),
  );
  return { folder };
};
