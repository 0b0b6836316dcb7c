import { join } from "node:path";
import { devSecrets } from "../../dev/dev-secrets.ts";
import { installDev, untilPlatformReady, type Target } from "../../dev/install.ts";
import { projectRoot } from "../../images/project.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import type { NodesCluster } from "../nodes/start-nodes.ts";
import { startStores, type StorePorts } from "./start-stores.ts";

export type System = {
  /** The edge through the Ingress, on this machine's loopback. */
  url: string;
  stores: StorePorts;
  /** Of the user postgres. */
  databasePassword: string;
};

export type SystemOptions = {
  cluster: NodesCluster;
  target: Target;
  progress: Progress;
  /** Further options of helm. */
  settings?: readonly string[];
};

/** Browsers, curl and Node all know it as this machine. */
const host = "localhost";

const ingress = [
  ...["--set", `platform.spec.hosts.api=${host}`],
  ...["--set", "platform.spec.ingress.type=Ingress,platform.spec.ingress.className=contour"],
  ...["--set", "platform.spec.network.ingressNamespace=projectcontour"],
  ...["--set", "samples.create=false"],
];

/** The chart, a Platform with the sandbox, Postgres and Redis on a cluster of nodes; returns when it serves. */
export const installSystem = async (options: SystemOptions): Promise<System> => {
  const { cluster, target, progress, settings = [] } = options;
  const secretsFile = join(cluster.folder, "secrets.json");
  const secrets = await devSecrets(secretsFile);
  const password = secrets.find(({ metadata }) => metadata.name === "dev-database")?.stringData;
  const databasePassword = password?.["adminPassword"] ?? "";
  progress("Starting PostgreSQL and Redis ...");
  const stores = await startStores(cluster, databasePassword, progress);
  const file = join(projectRoot, "dev/stores-outside.yaml");
  await installDev(target, progress, {
    stores: { file, secretsFile, deployments: [] },
    settings: [...ingress, ...settings],
  });
  await untilPlatformReady(target, progress);
  return { url: `http://${host}:${cluster.ingress.http}`, stores, databasePassword };
};
