import { allAccountKinds } from "../../api/account-kinds.ts";
import { selectorLabelsOf } from "../../api/platform-names.ts";
import type { Platform } from "../../api/platform.ts";
import type { Pod } from "../../api/workloads.ts";
import type { Cluster } from "../../cluster/port.ts";
import type { PlatformObservation } from "../../plan/plan-platform.ts";
import type { Work } from "../runtime/controller.ts";
import { listOwned } from "../runtime/list-owned.ts";
import type { InstallationDirectory } from "./installation-directory.ts";

export interface ObservePlatformDeps {
  cluster: Cluster;
  directory: InstallationDirectory;
  now: () => Date;
}

/** Kinds a Platform's children have. */
export const platformChildKinds = [
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "NetworkPolicy",
  "ConfigMap",
  "Job",
  "Service",
  "Deployment",
  "PodDisruptionBudget",
  "Ingress",
  "HTTPRoute",
  "PodMonitor",
  "PrometheusRule",
] as const;

/** Gathers everything a plan needs. It changes nothing. */
export const observePlatform = async (
  deps: ObservePlatformDeps,
  platform: Platform,
  work: Work,
): Promise<PlatformObservation> => {
  const { cluster, directory } = deps;
  const { namespace, uid } = platform.metadata;
  const labelSelector = selectorLabelsOf(platform, "migrate");
  const { context, missing } = await directory.read(platform);
  const [owned, platforms, migrationPods, accounts] = await Promise.all([
    listOwned(cluster, platform, platformChildKinds),
    cluster.list("Platform", { namespace }),
    cluster.list("Pod", { namespace, labelSelector }),
    countAccounts(cluster, namespace),
  ]);
  return {
    context,
    missing,
    owned,
    others: (platforms as Platform[]).filter(({ metadata }) => metadata.uid !== uid),
    migrationPods: migrationPods as Pod[],
    accounts,
    storm: work.storm,
    traceparent: work.span.traceparent,
    now: deps.now(),
  };
};

const countAccounts = async (cluster: Cluster, namespace: string): Promise<number> => {
  const lists = await Promise.all(
    allAccountKinds.map(async (kind) => cluster.list(kind, { namespace })),
  );
  return lists.reduce((sum, list) => sum + list.length, 0);
};
