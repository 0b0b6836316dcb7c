import { join } from "node:path";
import { inject } from "vitest";
import type { KubeObject } from "../../cluster/client/kube-client.ts";
import { parseObjects } from "../../cluster/client/read-objects.ts";
import "../../cluster/testing/settings.ts";
import { projectRoot } from "../../images/project.ts";
import { runCommand } from "../../lib/run-command.ts";

export const chartFolder = join(projectRoot, "charts/rarity-leads");

/** The files of values people start from. */
const profiles = {
  plain: [],
  dev: ["values-dev.yaml"],
  production: ["values-production.yaml"],
  restricted: ["values-restricted.yaml"],
} as const;
export type Profile = keyof typeof profiles;
export const profileNames = Object.keys(profiles) as Profile[];

export const valuesOf = (profile: Profile): string[] =>
  profiles[profile].flatMap((file) => ["--values", join(chartFolder, file)]);

export const ourKinds = [
  "--api-versions",
  "rarityleads.io/v1alpha1/Platform",
  "--kube-version",
  "1.34.4",
];

/** Runs helm, against a cluster where a kubeconfig is given. */
export const helm = async (args: readonly string[], kubeconfig?: string): Promise<string> => {
  const { programs } = inject("rarityCluster");
  if (programs === undefined) throw new Error("no helm");
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig ?? "/dev/null",
    HELM_CACHE_HOME: join(projectRoot, ".rarity/helm"),
  };
  return runCommand(programs.helm, args, { env, timeoutMs: 300_000 });
};

/** Every object of the chart as helm would send it; our kinds count as known. */
export const renderChart = async (
  profile: Profile,
  extra: readonly string[] = [],
  namespace = "rarity",
): Promise<KubeObject[]> => {
  const release = ["template", "rarity", chartFolder, "--namespace", namespace];
  return parseObjects(await helm([...release, ...ourKinds, ...valuesOf(profile), ...extra]));
};

export const find = (
  objects: readonly KubeObject[],
  kind: string,
  name?: string,
): KubeObject | undefined =>
  objects.find((each) => each.kind === kind && (name === undefined || each.metadata.name === name));

type PodSpec = {
  automountServiceAccountToken?: boolean;
  securityContext?: Record<string, unknown>;
  containers: {
    name: string;
    image: string;
    securityContext?: Record<string, unknown>;
    resources?: { limits?: { memory?: string } };
    env?: { name: string; value?: string }[];
  }[];
};

/** The pods in whatever makes them. */
export const podSpecs = (objects: readonly KubeObject[]): PodSpec[] =>
  objects.flatMap(({ kind, spec }) => {
    if (kind === "Pod") return [spec as PodSpec];
    const template = (spec as { template?: { spec?: PodSpec } } | undefined)?.template?.spec;
    return template === undefined ? [] : [template];
  });
