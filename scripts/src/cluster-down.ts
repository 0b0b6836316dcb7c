import { endCluster } from "./cluster/cli/end-cluster.ts";
import { clusterStateDir } from "./cluster/cli/run-command.ts";
import { readCommandLine } from "./lib/command-line.ts";

const help = `scripts/cluster/down [--help]

Ends what scripts/cluster/up or scripts/up --cluster left running, and removes its data.`;

readCommandLine(help, {});

const hasEnded = await endCluster(clusterStateDir(process.cwd()));
console.log(hasEnded ? "Ended." : "No cluster runs.");
