import { existsSync } from "node:fs";
import { join } from "node:path";
import { clearClusterRun, readClusterRun } from "./cluster/cli/run-file.ts";
import { readCommandLine } from "./lib/command-line.ts";
import { waitUntil } from "./lib/wait-until.ts";

const help = `scripts/cluster/down [--help]

Ends the control plane that scripts/cluster/up left running, and removes its data.`;

readCommandLine(help, {});

const stateDir = join(process.cwd(), ".rarity", "cluster");
const run = readClusterRun(stateDir);
if (run === undefined) {
  clearClusterRun(stateDir);
  console.log("No control plane runs.");
  process.exit(0);
}
process.kill(run.pid, "SIGTERM");
await waitUntil(
  "the control plane to end",
  () => readClusterRun(stateDir) === undefined && !existsSync(run.folder),
);
console.log("Ended.");
