import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a running instance tells the other command: who owns it and where it answers. */
export type ClusterRun = {
  pid: number;
  url: string;
  kubeconfig: string;
  folder: string;
  /** Where Ingresses answer on loopback; only with nodes. */
  httpPort?: number;
  /** The whole system runs on it. */
  hasSystem?: true;
};

const fileOf = (stateDir: string): string => join(stateDir, "run.json");

const owns = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = `/proc/${pid}/cmdline`;
  // Where there is no /proc the process id has to do.
  return !existsSync("/proc") || /\b(cluster-)?up\.ts\b/.test(readFileSync(commandLine, "utf8"));
};

/** The instance that runs now; what a dead one left behind counts as nothing. */
export const readClusterRun = (stateDir: string): ClusterRun | undefined => {
  if (!existsSync(fileOf(stateDir))) return undefined;
  const run = JSON.parse(readFileSync(fileOf(stateDir), "utf8")) as ClusterRun;
  return owns(run.pid) ? run : undefined;
};

export const writeClusterRun = (stateDir: string, run: ClusterRun): void => {
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(fileOf(stateDir), JSON.stringify(run, null, 2), { mode: 0o600 });
};

export const clearClusterRun = (stateDir: string): void => {
  rmSync(fileOf(stateDir), { force: true });
  rmSync(join(stateDir, "kubeconfig"), { force: true });
};
