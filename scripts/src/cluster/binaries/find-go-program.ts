import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { findInFolders } from "../../lib/find-on-path.ts";
import { builtFile, buildGoProgram, type Progress } from "./build-go-program.ts";
import { toolCacheFolder, type Environment } from "./cache-folder.ts";
import type { GoProgram } from "./go-program.ts";

/** An earlier build of the program, or one made now; without Go one sentence for people. */
export const findGoProgram = async (
  program: GoProgram,
  env: Environment,
  progress: Progress,
): Promise<{ file: string } | { missing: string }> => {
  const cacheFolder = toolCacheFolder(env);
  const file = builtFile(program, cacheFolder);
  if (existsSync(file)) return { file };
  const go = await findGo(env);
  if (go === undefined)
    return { missing: `no ${program.name}: install Go 1.26 or later to build it` };
  return { file: await buildGoProgram(program, { go, cacheFolder, progress }) };
};

export const findGo = (env: Environment): Promise<string | undefined> =>
  findInFolders("go", (env["PATH"] ?? "").split(delimiter));
