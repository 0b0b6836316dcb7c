import { existsSync } from "node:fs";
import { waitUntil } from "../../lib/wait-until.ts";
import { clearClusterRun, readClusterRun } from "./run-file.ts";

/** Ends the instance that runs, and waits until nothing of it is left. False when there was none. */
export const endCluster = async (stateDir: string): Promise<boolean> => {
  const run = readClusterRun(stateDir);
  if (run === undefined) {
    clearClusterRun(stateDir);
    return false;
  }
  process.kill(run.pid, "SIGTERM");
  await waitUntil(
    "the cluster to end",
    () => readClusterRun(stateDir) === undefined && !existsSync(run.folder),
  );
  return true;
};
