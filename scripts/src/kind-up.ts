import { installDev, untilPlatformReady } from "./dev/install.ts";
import { ensureKindCluster, loadImages, missingForKind } from "./dev/kind-cluster.ts";
import { dev } from "./dev/settings.ts";
import { familyNames } from "./images/families.ts";
import { readCommandLine } from "./lib/command-line.ts";

const help = `scripts/kind-up [--dev] [--base IMAGE|local] [--help]

From nothing to the whole mesh on a kind cluster: makes the cluster of dev/kind.yaml, builds the images and
loads them into its nodes, applies Postgres and Redis, installs the chart with values-dev.yaml and waits until
the Platform is ready. Run again, it changes what has changed.
  --dev    development images, whose sources can be changed in the pods (npm run dev does that)
  --base   what images are built from, as scripts/images says
Ends with: kind delete cluster --name ${dev.cluster}`;

const values = readCommandLine(help, {
  dev: { type: "boolean", default: false },
  base: { type: "string" },
});

const progress = (line: string): void => console.error(line);
const missing = await missingForKind();
if (missing !== undefined) {
  console.error(`scripts/kind-up: ${missing}`);
  process.exit(69);
}
try {
  const target = { helm: "helm", kubectl: "kubectl" };
  await ensureKindCluster(progress);
  await loadImages(familyNames, { isDevelopment: values.dev, base: values.base }, progress);
  await installDev(target, progress);
  await untilPlatformReady(target, progress);
  console.log(`
The Platform ${dev.platform} is ready in namespace ${dev.namespace} of ${dev.context}.

  kubectl --context ${dev.context} -n ${dev.namespace} get rarity
  kubectl --context ${dev.context} -n ${dev.namespace} port-forward service/${dev.platform}-edge 8080:8080
  helm --kube-context ${dev.context} -n ${dev.namespace} test ${dev.release}
`);
} catch (error) {
  console.error(`scripts/kind-up: ${(error as Error).message}`);
  process.exitCode = 1;
}
