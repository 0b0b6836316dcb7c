import { join } from "node:path";
import { Unavailable } from "../../lib/unavailable.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import { findHelmAndKubectl } from "../binaries/helm-and-kubectl.ts";
import { readObjects } from "../client/read-objects.ts";
import { startKwok } from "../control-plane/kwok.ts";
import { startControlPlane, type ControlPlane } from "../control-plane/start-control-plane.ts";
import { prepareNodeTools } from "../nodes/prepare-nodes.ts";
import { startNodes, type NodesCluster } from "../nodes/start-nodes.ts";
import { installSystem } from "../system/install-system.ts";
import { archiveProjectImages } from "../system/project-images.ts";
import { prepareClusterTools } from "../testing/prepare.ts";

/** What is to run: faked nodes, real ones, or real ones with the whole system on them. */
export type ClusterWish =
  | { kind: "faked" }
  | { kind: "nodes"; count: number }
  | { kind: "system"; count: number; base?: string | undefined };

export type StartedCluster = {
  controlPlane: ControlPlane;
  /** Where Ingresses answer; only with real nodes. */
  httpPort?: number;
  hasSystem?: true;
};

const present = <T extends object>(found: T | { missing: string }): T => {
  if ("missing" in found) throw new Unavailable(found.missing);
  return found;
};

/** Nodes that do not exist, and pods that become ready and run nothing. */
const startFaked = async (root: string, progress: Progress): Promise<StartedCluster> => {
  const { binaries, kwok } = present(await prepareClusterTools(progress));
  const crds = readObjects(join(root, "crds"));
  const controlPlane = await startControlPlane({ binaries, progress, crds });
  try {
    await startKwok(controlPlane, kwok, ["fake-1", "fake-2"]);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
  return { controlPlane };
};

/** Nodes that run containers. The project's kinds come with the chart there. */
const startReal = async (
  count: number,
  progress: Progress,
  archives: readonly string[] = [],
): Promise<{ cluster: NodesCluster; started: StartedCluster }> => {
  const tools = present(await prepareNodeTools(progress));
  const cluster = await startNodes({ tools, progress, count, archives });
  return { cluster, started: { controlPlane: cluster, httpPort: cluster.ingress.http } };
};

const startSystem = async (
  { count, base }: { count: number; base?: string | undefined },
  progress: Progress,
): Promise<StartedCluster> => {
  const programs = present(await findHelmAndKubectl(process.env, progress));
  const archives = await archiveProjectImages({ tag: "dev", base }, progress);
  const { cluster, started } = await startReal(count, progress, archives);
  try {
    const target = { ...programs, kubeconfig: cluster.kubeconfigPath };
    await installSystem({ cluster, target, progress });
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return { ...started, hasSystem: true };
};

export const startCluster = async (
  root: string,
  wish: ClusterWish,
  progress: Progress,
): Promise<StartedCluster> => {
  switch (wish.kind) {
    case "faked":
      return startFaked(root, progress);
    case "nodes":
      return (await startReal(wish.count, progress)).started;
    case "system":
      return startSystem(wish, progress);
  }
};
