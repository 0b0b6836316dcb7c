import { join } from "node:path";
import { exitCodeOf } from "../../lib/unavailable.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import { detachCluster } from "./detach.ts";
import { readClusterRun } from "./run-file.ts";
import { serveCluster } from "./serve.ts";
import type { ClusterWish } from "./start-cluster.ts";
import { clusterUsage } from "./usage.ts";

export type ClusterCommand = {
  /** For messages. */
  name: string;
  root: string;
  wish: ClusterWish;
  progress: Progress;
  /** The command line that does the same and stays; left out, this process stays. */
  detachAs?: readonly string[];
};

export const clusterStateDir = (root: string): string => join(root, ".rarity", "cluster");

const serve = async ({ root, wish, progress }: ClusterCommand): Promise<void> => {
  const options = { root, stateDir: clusterStateDir(root), wish };
  const { run, stop } = await serveCluster(options, progress);
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    void stop().then(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  if (process.stdout.isTTY) console.log(clusterUsage(run));
  // Held open by nothing else.
  setInterval(() => undefined, 3_600_000);
};

/** Starts what is wished for, here or in the background, unless it runs already. */
export const runClusterCommand = async (command: ClusterCommand): Promise<void> => {
  const { name, root, detachAs } = command;
  try {
    const running = readClusterRun(clusterStateDir(root));
    if (running !== undefined) {
      console.error(`It runs already (process ${running.pid}). scripts/cluster/down ends it.`);
      process.exit(1);
    }
    if (detachAs === undefined) await serve(command);
    else console.log(clusterUsage(await detachCluster(root, clusterStateDir(root), detachAs)));
  } catch (error) {
    console.error(`${name} could not start: ${(error as Error).message}`);
    process.exit(exitCodeOf(error));
  }
};
