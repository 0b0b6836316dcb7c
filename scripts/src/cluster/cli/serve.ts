import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../binaries/build-go-program.ts";
import { clearClusterRun, writeClusterRun, type ClusterRun } from "./run-file.ts";
import { startCluster, type ClusterWish } from "./start-cluster.ts";

/** Runs an instance in this process until `stop`; its kubeconfig lies at a fixed place in `stateDir`. */
export const serveCluster = async (
  { root, stateDir, wish }: { root: string; stateDir: string; wish: ClusterWish },
  progress: Progress,
): Promise<{ run: ClusterRun; stop: () => Promise<void> }> => {
  const { controlPlane, ...rest } = await startCluster(root, wish, progress);
  mkdirSync(stateDir, { recursive: true });
  const kubeconfig = join(stateDir, "kubeconfig");
  copyFileSync(controlPlane.kubeconfigPath, kubeconfig);
  const { url, folder } = controlPlane;
  const run: ClusterRun = { pid: process.pid, url, kubeconfig, folder, ...rest };
  writeClusterRun(stateDir, run);
  const stop = async (): Promise<void> => {
    clearClusterRun(stateDir);
    await controlPlane.stop();
  };
  return { run, stop };
};
