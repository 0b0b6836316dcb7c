import { join } from "node:path";
import type { Progress } from "../cluster/binaries/build-go-program.ts";
import { ensureBase, publicBase } from "../images/base.ts";
import { buildImages } from "../images/build-images.ts";
import { openEngine } from "../images/engine/open-engine.ts";
import type { FamilyName } from "../images/families.ts";
import { projectRoot, readProject, readRevision } from "../images/project.ts";
import { findOnPath } from "../lib/find-on-path.ts";
import { runCommand } from "../lib/run-command.ts";
import { dev } from "./settings.ts";

/** What has to be on PATH, each with where it comes from; one sentence for what is not. */
export const missingForKind = async (): Promise<string | undefined> => {
  const needed = {
    docker: "https://docs.docker.com/engine/install",
    kind: "https://kind.sigs.k8s.io/docs/user/quick-start",
    kubectl: "https://kubernetes.io/docs/tasks/tools",
    helm: "https://helm.sh/docs/intro/install",
  };
  for (const [program, where] of Object.entries(needed))
    if ((await findOnPath(program)) === undefined) return `${program} is missing: ${where}`;
  return undefined;
};

/** Makes the cluster of dev/kind.yaml where there is none. */
export const ensureKindCluster = async (progress: Progress): Promise<void> => {
  const clusters = (await runCommand("kind", ["get", "clusters"])).split("\n");
  if (clusters.includes(dev.cluster)) return;
  progress(`Making the cluster ${dev.context} ...`);
  const config = join(projectRoot, "dev/kind.yaml");
  const create = ["create", "cluster", "--name", dev.cluster, "--config", config];
  await runCommand("kind", [...create, "--wait", "120s"], { timeoutMs: 600_000 });
};

/** Builds the images and puts them into every node. */
export const loadImages = async (
  families: readonly FamilyName[],
  { isDevelopment, base }: { isDevelopment: boolean; base?: string | undefined },
  progress: Progress,
): Promise<string[]> => {
  const { nodeVersion } = readProject();
  const engine = await openEngine(progress);
  if ("missing" in engine) throw new Error(engine.missing);
  try {
    const wanted = base ?? publicBase(nodeVersion);
    const built = await buildImages(
      engine,
      families,
      {
        root: projectRoot,
        base: await ensureBase(engine, { wanted, nodeVersion }, progress),
        repository: "rarity-leads",
        version: dev.tag,
        revision: await readRevision(),
        isDevelopment,
      },
      progress,
    );
    const images = built.map(({ image }) => image);
    progress(`Loading ${images.join(", ")} into the nodes ...`);
    const load = ["load", "docker-image", "--name", dev.cluster, ...images];
    await runCommand("kind", load, { timeoutMs: 600_000 });
    return images;
  } finally {
    await engine.close();
  }
};
