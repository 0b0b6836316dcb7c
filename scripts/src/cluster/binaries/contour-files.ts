import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Progress } from "./build-go-program.ts";
import type { Environment } from "./cache-folder.ts";
import { contour } from "./cluster-parts.ts";
import { findGo, findGoProgram } from "./find-go-program.ts";
import { joinModuleFiles } from "./module-files.ts";

/** The program, its kinds and its rights; the YAML comes with its module. */
export type ContourFiles = { file: string; crdsFile: string; rolesFile: string };

const parts = { "crds.yaml": "01-crds.yaml", "roles.yaml": "02-role-contour.yaml" };

/** Finds or builds Contour; without Go and without an earlier build one sentence for people. */
export const findContour = async (
  env: Environment,
  progress: Progress,
): Promise<ContourFiles | { missing: string }> => {
  const found = await findGoProgram(contour(), env, progress);
  if ("missing" in found) return found;
  const folder = dirname(found.file);
  for (const [name, part] of Object.entries(parts)) {
    if (existsSync(join(folder, name))) continue;
    const go = await findGo(env);
    if (go === undefined) return { missing: "Contour's kinds are missing: install Go" };
    const module = { go, folder: contour().folder, module: "github.com/projectcontour/contour" };
    await joinModuleFiles(module, [`examples/contour/${part}`], join(folder, name));
  }
  return {
    ...found,
    crdsFile: join(folder, "crds.yaml"),
    rolesFile: join(folder, "roles.yaml"),
  };
};
