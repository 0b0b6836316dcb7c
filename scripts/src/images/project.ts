import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runCommand } from "../lib/run-command.ts";

export const projectRoot = resolve(import.meta.dirname, "../../..");

type Manifest = { version: string; devDependencies: { node: string } };

/** The version images are tagged with, and the Node they run. */
export const readProject = (): { version: string; nodeVersion: string } => {
  const text = readFileSync(join(projectRoot, "package.json"), "utf8");
  const { version, devDependencies } = JSON.parse(text) as Manifest;
  return { version, nodeVersion: devDependencies.node };
};

/** The commit, or `unknown` outside a repository. */
export const readRevision = (): Promise<string> =>
  runCommand("git", ["rev-parse", "HEAD"], { cwd: projectRoot }).then(
    (text) => text.trim(),
    () => "unknown",
  );
