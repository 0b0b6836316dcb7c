import { findInFolders, findOnPath } from "../../lib/find-on-path.ts";
import { runCommand } from "../../lib/run-command.ts";

/** The docker command line, and whether it can build with BuildKit. */
export type Client = { file: string; buildKit: boolean };

/** From 23 on BuildKit is a plug-in that may be absent; before, it is part of the client. */
const hasBuildKit = async (file: string): Promise<boolean> => {
  const version = await runCommand(file, ["--version"]);
  const major = Number(/version (\d+)/.exec(version)?.[1] ?? "0");
  if (major < 23) return true;
  return runCommand(file, ["buildx", "version"]).then(
    () => true,
    () => false,
  );
};

/** The docker on PATH; another one, that came with the engine, when only that one builds well. */
export const findClient = async (): Promise<Client | undefined> => {
  const files = [await findOnPath("docker"), await findInFolders("docker", ["/usr/bin"])];
  const found = [...new Set(files.filter((file) => file !== undefined))];
  for (const file of found) if (await hasBuildKit(file)) return { file, buildKit: true };
  const [file] = found;
  return file === undefined ? undefined : { file, buildKit: false };
};
