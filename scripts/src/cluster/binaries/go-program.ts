import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A program that is built from a folder with go.mod, go.sum and a few Go files. */
export type GoProgram = {
  name: string;
  folder: string;
  /** The package to build: "." for the folder's own, or one of a module it requires. */
  package: string;
  tags: readonly string[];
  ldflags: string;
};

/** A name for exactly this build: another source, pin, tag or platform gives another one. */
export const goProgramKey = (program: GoProgram, platform: string): string => {
  const hash = createHash("sha256");
  const files = readdirSync(program.folder)
    .filter((file) => file.endsWith(".go") || file === "go.mod" || file === "go.sum")
    .sort();
  for (const file of files) {
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(program.folder, file)))
      .update("\0");
  }
  hash.update(JSON.stringify([program.package, program.tags, program.ldflags, platform]));
  return `${program.name}-${hash.digest("hex").slice(0, 16)}`;
};

/** The version go.mod pins a module to, with its leading v. */
export const pinnedVersion = (folder: string, module: string): string => {
  const text = readFileSync(join(folder, "go.mod"), "utf8");
  const line = text.split("\n").find((each) => each.trim().startsWith(`${module} v`));
  const version = line?.trim().split(" ")[1];
  if (version === undefined) throw new Error(`${folder}/go.mod does not require ${module}`);
  return version;
};
