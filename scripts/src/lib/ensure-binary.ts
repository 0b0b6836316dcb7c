import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findOnPath } from "./find-on-path.ts";

const execute = promisify(execFile);

const onPath = async (binary: string): Promise<boolean> => (await findOnPath(binary)) !== undefined;

/**
 * Makes sure a system binary is there; installs its Debian package when this user may.
 * Answers undefined when it is there, otherwise one sentence with the command to run.
 */
export const ensureBinary = async (
  binary: string,
  debianPackage: string,
  reason: string,
): Promise<string | undefined> => {
  if (await onPath(binary)) return undefined;
  const command =
    process.platform === "darwin"
      ? `brew install ${debianPackage.replace("-server", "")}`
      : `sudo apt-get install -y ${debianPackage}`;
  const mayInstall = process.getuid?.() === 0 && (await onPath("apt-get"));
  if (!mayInstall) return `${binary} is missing (needed for ${reason}). Run: ${command}`;
  console.error(`Installing ${debianPackage} with apt-get: ${reason} need ${binary} ...`);
  try {
    await execute("apt-get", ["update", "-qq"], { timeout: 180_000 });
    const args = ["install", "-y", "--no-install-recommends", debianPackage];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await execute("apt-get", args, { timeout: 300_000, env, maxBuffer: 64 << 20 });
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split("\n").at(-1) ?? "") : "";
    return `${debianPackage} could not be installed (${detail}). Run: ${command}`;
  }
  return (await onPath(binary)) ? undefined : `${binary} is still missing. Run: ${command}`;
};
