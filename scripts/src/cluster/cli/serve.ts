import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { prepareClusterTools } from "../testing/prepare.ts";
import { readObjects } from "../client/read-objects.ts";
import { startKwok } from "../control-plane/kwok.ts";
import { startControlPlane } from "../control-plane/start-control-plane.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import { clearClusterRun, writeClusterRun, type ClusterRun } from "./run-file.ts";

export class MissingTools extends Error {}

/** Runs an instance in this process until `stop`; its kubeconfig lies at a fixed place in `stateDir`. */
export const serveCluster = async (
  root: string,
  stateDir: string,
  progress: Progress,
): Promise<{ run: ClusterRun; stop: () => Promise<void> }> => {
  const tools = await prepareClusterTools(progress);
  if ("missing" in tools) throw new MissingTools(tools.missing);
  const crds = readObjects(join(root, "crds"));
  const controlPlane = await startControlPlane({ binaries: tools.binaries, progress, crds });
  const stop = async (): Promise<void> => {
    clearClusterRun(stateDir);
    await controlPlane.stop();
  };
  try {
    await startKwok(controlPlane, tools.kwok, ["fake-1", "fake-2"]);
    mkdirSync(stateDir, { recursive: true });
    const kubeconfig = join(stateDir, "kubeconfig");
    copyFileSync(controlPlane.kubeconfigPath, kubeconfig);
    const { url, folder } = controlPlane;
    const run = { pid: process.pid, url, kubeconfig, folder };
    writeClusterRun(stateDir, run);
    return { run, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
