import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readStartTime } from "../../../operator/src/cluster/local/processes/process-identity.ts";

/** The process that starts a system and owns it: at most one for each data folder. */
export type Launcher = { pid: number; started: string };

const fileOf = (stateDir: string): string => join(stateDir, "launcher.json");

const isAlive = ({ pid, started }: Launcher): boolean => readStartTime(pid) === started;

const read = (stateDir: string): Launcher | undefined => {
  if (!existsSync(fileOf(stateDir))) return undefined;
  try {
    return JSON.parse(readFileSync(fileOf(stateDir), "utf8")) as Launcher;
  } catch {
    // Half written by one that was killed in that moment.
    return undefined;
  }
};

/** The launcher that lives now; what a killed one left behind counts as nothing. */
export const findLauncher = (stateDir: string): Launcher | undefined => {
  const found = read(stateDir);
  return found !== undefined && isAlive(found) ? found : undefined;
};

/** Makes this process the launcher; answers the one that lives already instead, if there is one. */
export const becomeLauncher = (stateDir: string): Launcher | undefined => {
  mkdirSync(stateDir, { recursive: true });
  const self = { pid: process.pid, started: readStartTime(process.pid) ?? "" };
  for (;;) {
    try {
      writeFileSync(fileOf(stateDir), JSON.stringify(self), { flag: "wx", mode: 0o600 });
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const other = findLauncher(stateDir);
    if (other !== undefined) return other;
    rmSync(fileOf(stateDir), { force: true });
  }
};

export const releaseLauncher = (stateDir: string): void => {
  if (read(stateDir)?.pid === process.pid) rmSync(fileOf(stateDir), { force: true });
};
