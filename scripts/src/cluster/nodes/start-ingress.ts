import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../lib/run-command.ts";
import type { ContourFiles } from "../binaries/contour-files.ts";
import type { KubeClient, KubeObject } from "../client/kube-client.ts";
import { readObjectFile } from "../client/read-objects.ts";
import { applyCrds } from "../control-plane/apply-crds.ts";
import type { AddComponent } from "../control-plane/start-control-plane.ts";
import { network } from "./network.ts";

export type IngressOptions = {
  contour: ContourFiles;
  client: KubeClient;
  folder: string;
  kubeconfig: string;
  manifests: string;
  enter: readonly string[];
  addComponent: AddComponent;
};

const namespace = "projectcontour";
const xdsPort = 8001;
/** Envoy's Service on every node; see contour.yaml. */
export const nodePorts = { http: 30_080, https: 30_443 } as const;

/** Envoy's first settings: where Contour answers. */
const bootstrapOf = async ({ contour, folder }: IngressOptions): Promise<KubeObject> => {
  const file = join(folder, "contour", "envoy.json");
  await runCommand(contour.file, [
    ...["bootstrap", file, `--xds-address=${network.controlPlane}`, `--xds-port=${xdsPort}`],
    ...["--xds-resource-version=v3", "--admin-address=/tmp/admin.sock"],
  ]);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "envoy-bootstrap", namespace },
    data: { "bootstrap.json": await readFile(file, "utf8") },
  };
};

const flags = (config: string, kubeconfig: string): string[] => [
  ...["serve", `--kubeconfig=${kubeconfig}`, `--config-path=${config}`],
  ...["--insecure", "--disable-leader-election"],
  ...[`--xds-address=${network.controlPlane}`, `--xds-port=${xdsPort}`],
  ...["--http-address=127.0.0.1", "--http-port=8002"],
  ...["--health-address=127.0.0.1", "--health-port=8003"],
  ...["--envoy-service-http-port=8080", "--envoy-service-https-port=8443"],
  ...["--ingress-class-name=contour", `--ingress-status-address=${network.controlPlane}`],
  ...["--kubernetes-client-qps=1000", "--kubernetes-client-burst=2000"],
];

/** Starts Contour beside the control plane and Envoy as pods on every node. */
export const startIngress = async (options: IngressOptions): Promise<void> => {
  const { contour, client, folder, kubeconfig, manifests, enter, addComponent } = options;
  const config = join(folder, "contour", "settings.yaml");
  await mkdir(join(folder, "contour"));
  await writeFile(config, "disablePermitInsecure: false\n");
  const own = readObjectFile(join(manifests, "contour.yaml"));
  const [space, ...rest] = own;
  if (space !== undefined) await client.apply(space);
  await applyCrds(client, readObjectFile(contour.crdsFile));
  const objects = [...readObjectFile(contour.rolesFile), await bootstrapOf(options), ...rest];
  for (const object of objects) await client.apply(object, "contour", { force: true });
  addComponent("contour", { file: contour.file, args: [], enter }, flags(config, kubeconfig));
};
