import { resolve } from "node:path";
import { endCluster } from "./cluster/cli/end-cluster.ts";
import { clusterStateDir } from "./cluster/cli/run-command.ts";
import { readCommandLine } from "./lib/command-line.ts";
import { createProgress } from "./lib/progress.ts";
import { waitUntil } from "./lib/wait-until.ts";
import { endLeftovers } from "./stack/end-leftovers.ts";
import { readRecord } from "./stack/process-record.ts";
import { findLauncher, releaseLauncher } from "./up/launcher.ts";
import { clearRunFile } from "./up/run-file.ts";

const help = `scripts/down [--data DIR] [--help]

Stops the system that scripts/up started, also one that is still starting or whose scripts/up was killed, and
the cluster of scripts/up --cluster, whose data goes with it. Other data stays; scripts/up goes on with it. To throw the data away, remove the folder afterwards.
  --data DIR   the folder that was given to scripts/up; .rarity in the clone unless named`;

/** Longer than a start that was told to stop may take in all. */
const stopTimeoutMs = 120_000;

const values = readCommandLine(help, { data: { type: "string" } });
const stateDir = resolve(process.cwd(), values.data ?? ".rarity");
const progress = createProgress();
const launcher = findLauncher(stateDir);

const hadCluster = await endCluster(clusterStateDir(process.cwd()));
if (hadCluster) progress("The cluster has ended.");
if (launcher === undefined && readRecord(stateDir).length === 0) {
  if (!hadCluster) console.log("Nothing is running.");
} else {
  try {
    if (launcher !== undefined) {
      progress(`Stopping (process ${launcher.pid}) ...`);
      process.kill(launcher.pid, "SIGTERM");
      const gone = (): boolean => findLauncher(stateDir) === undefined;
      await waitUntil("the system to stop", gone, stopTimeoutMs, 50);
    }
    const left = await endLeftovers(stateDir);
    if (left.length > 0)
      progress(`Its scripts/up was killed; ended what it left: ${left.join(", ")}`);
    clearRunFile(stateDir);
    releaseLauncher(stateDir);
    progress(`Stopped. The data stays in ${stateDir}/data.`);
  } catch (error) {
    console.error(`scripts/down could not stop it: ${(error as Error).message}`);
    process.exit(1);
  }
}
