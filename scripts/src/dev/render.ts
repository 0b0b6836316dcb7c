import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import { parseObjects } from "../cluster/client/read-objects.ts";
import { runCommand } from "../lib/run-command.ts";
import { devSecrets } from "./dev-secrets.ts";
import { dev, podStores, type Stores } from "./settings.ts";

const document = (object: unknown): string =>
  stringify(object, { version: "1.1", aliasDuplicateObjects: false });

/** Pods are held to what the chart and the operator promise of theirs. */
const namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: {
    name: dev.namespace,
    labels: { "pod-security.kubernetes.io/enforce": "restricted" },
  },
};

/** The namespace, the stores and their Secrets. */
export const renderStores = async ({ file, secretsFile }: Stores = podStores): Promise<string> => {
  const stores = parseObjects(readFileSync(file, "utf8"));
  const objects = [...(await devSecrets(secretsFile)), ...stores].map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: dev.namespace },
  }));
  return [namespace, ...objects].map(document).join("---\n");
};

/** The chart with values-dev.yaml, the Platform among it: whoever applies this applies the kinds first. */
export const renderChartForDev = (helm: string): Promise<string> =>
  runCommand(helm, [
    ...["template", dev.release, dev.chart, "--namespace", dev.namespace],
    ...["--values", dev.values, "--set", "test.enabled=false,uninstall.releaseAccounts=false"],
    ...["--api-versions", "rarityleads.io/v1alpha1/Platform", "--kube-version", "1.34.3"],
  ]);
