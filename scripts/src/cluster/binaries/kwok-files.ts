import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Progress } from "./build-go-program.ts";
import type { Environment } from "./cache-folder.ts";
import { findGo, findGoProgram } from "./find-go-program.ts";
import { kwok } from "./kubebox.ts";
import { joinModuleFiles } from "./module-files.ts";

/** The program, and the stages that say how faked nodes and pods behave. */
export type KwokFiles = { file: string; stagesFile: string };

/** It has no built-in stages; these come with its module. */
const stages = [
  "node/fast/node-initialize",
  "node/heartbeat-with-lease/node-heartbeat-with-lease",
  "pod/fast/pod-ready",
  "pod/fast/pod-complete",
  "pod/fast/pod-delete",
].map((name) => `kustomize/stage/${name}.yaml`);

/** Finds or builds kwok; without Go and without an earlier build one sentence for people. */
export const findKwok = async (
  env: Environment,
  progress: Progress,
): Promise<KwokFiles | { missing: string }> => {
  const found = await findGoProgram(kwok(), env, progress);
  if ("missing" in found) return found;
  const stagesFile = join(dirname(found.file), "stages.yaml");
  if (!existsSync(stagesFile)) {
    const go = await findGo(env);
    if (go === undefined) return { missing: "the stages of kwok are missing: install Go" };
    const module = { go, folder: kwok().folder, module: "sigs.k8s.io/kwok" };
    await joinModuleFiles(module, stages, stagesFile);
  }
  return { ...found, stagesFile };
};
