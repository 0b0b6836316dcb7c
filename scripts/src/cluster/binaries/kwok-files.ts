import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { findInFolders } from "../../lib/find-on-path.ts";
import { builtFile, buildGoProgram, type Progress } from "./build-go-program.ts";
import { toolCacheFolder, type Environment } from "./cache-folder.ts";
import { kwok } from "./kubebox.ts";

const execute = promisify(execFile);

/** The program, and the stages that say how faked nodes and pods behave. */
export type KwokFiles = { file: string; stagesFile: string };

/** It has no built-in stages; these come with its module. */
const stages = [
  "node/fast/node-initialize",
  "node/heartbeat-with-lease/node-heartbeat-with-lease",
  "pod/fast/pod-ready",
  "pod/fast/pod-complete",
  "pod/fast/pod-delete",
];

const writeStages = async (go: string, folder: string, target: string): Promise<void> => {
  const args = ["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"];
  const { stdout } = await execute(go, args, { cwd: folder });
  const texts = await Promise.all(
    stages.map((name) => readFile(join(stdout.trim(), "kustomize/stage", `${name}.yaml`), "utf8")),
  );
  const scratch = `${target}.${process.pid}`;
  await writeFile(scratch, texts.join("\n---\n"));
  await rename(scratch, target);
};

/** Finds or builds kwok; without Go and without an earlier build one sentence for people. */
export const findKwok = async (
  env: Environment,
  progress: Progress,
): Promise<KwokFiles | { missing: string }> => {
  const program = kwok();
  const cacheFolder = toolCacheFolder(env);
  const file = builtFile(program, cacheFolder);
  const stagesFile = join(dirname(file), "stages.yaml");
  if (existsSync(file) && existsSync(stagesFile)) return { file, stagesFile };
  const go = await findInFolders("go", (env["PATH"] ?? "").split(delimiter));
  if (go === undefined) return { missing: "no kwok: install Go 1.26 or later to build it" };
  await buildGoProgram(program, { go, cacheFolder, progress });
  await writeStages(go, program.folder, stagesFile);
  return { file, stagesFile };
};
