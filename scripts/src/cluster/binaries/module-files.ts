import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../lib/run-command.ts";

/** Joins YAML files of a Go module that the go.mod in `folder` requires into one file. */
export const joinModuleFiles = async (
  { go, folder, module }: { go: string; folder: string; module: string },
  names: readonly string[],
  target: string,
): Promise<void> => {
  const args = ["list", "-m", "-f", "{{.Dir}}", module];
  const root = (await runCommand(go, args, { cwd: folder, timeoutMs: 300_000 })).trim();
  const texts = await Promise.all(names.map((name) => readFile(join(root, name), "utf8")));
  const scratch = `${target}.${process.pid}`;
  await writeFile(scratch, texts.join("\n---\n"));
  await rename(scratch, target);
};
