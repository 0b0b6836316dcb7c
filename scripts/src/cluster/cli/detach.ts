import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../../lib/wait-until.ts";
import { readClusterRun, type ClusterRun } from "./run-file.ts";

/** Long enough for a first build on a slow machine. */
const startTimeoutMs = 3_600_000;

/** Starts the instance in the background and shows its lines until it answers. */
export const detachCluster = async (
  root: string,
  stateDir: string,
  commandLine: readonly string[],
): Promise<ClusterRun> => {
  mkdirSync(stateDir, { recursive: true });
  const logFile = join(stateDir, "up.log");
  const log = openSync(logFile, "w");
  const child = spawn(process.execPath, commandLine, {
    cwd: root,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const outcome: { code?: number } = {};
  child.once("exit", (code) => (outcome.code = code ?? 1));
  let shown = 0;
  const run = await waitUntil(
    "the cluster",
    () => {
      const text = readFileSync(logFile, "utf8");
      process.stderr.write(text.slice(shown));
      shown = text.length;
      return outcome.code === undefined ? readClusterRun(stateDir) : ("ended" as const);
    },
    startTimeoutMs,
    200,
  );
  if (run === "ended") process.exit(outcome.code ?? 1);
  child.unref();
  return run;
};
