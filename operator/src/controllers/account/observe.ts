import type { Account } from "../../api/account-kinds.ts";
import { accountIdOf } from "../../api/names.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Pod } from "../../api/workloads.ts";
import type { Cluster } from "../../cluster/port.ts";
import type { InstallationReading } from "../../desired/account/installation.ts";
import { selectorLabels } from "../../desired/account/labels.ts";
import type { AccountObservation } from "../../plan/plan-account.ts";
import { defaultStartLimits, type StartLimits } from "../../plan/start-budget.ts";
import type { SourceDirectory } from "../../sources/account-sources.ts";
import { listOwned } from "../runtime/list-owned.ts";
import type { Work } from "../runtime/controller.ts";
import type { Registrar } from "./register.ts";

export interface ObserveDeps {
  cluster: Cluster;
  sources: SourceDirectory;
  registrar: Registrar;
  /** What accounts of a namespace run on. */
  readInstallation: (namespace: string) => Promise<InstallationReading>;
  now: () => Date;
}

/** Kinds an account's children have in a cluster. */
export const clusterChildKinds = [
  "NetworkPolicy",
  "Deployment",
  "PodDisruptionBudget",
  "HorizontalPodAutoscaler",
  "ScaledObject",
] as const;

/** Here or there: on this machine a Secret has the environment. */
export const childKinds = ["Secret", ...clusterChildKinds] as const;

/** Gathers everything a plan needs. Only registering the account changes anything. */
export const observeAccount = async (
  deps: ObserveDeps,
  account: Account,
  work: Work,
): Promise<AccountObservation> => {
  const { namespace } = account.metadata;
  const accountId = accountIdOf(account);
  // First: reading the installation is what opens the sources of its services.
  const installation = await deps.readInstallation(namespace);
  const sources = deps.sources.of(namespace);
  const runtime = sources.runtimeOf(accountId);
  const isKnown = runtime.ok && runtime.runtime !== undefined;
  const [owned, pods, registration] = await Promise.all([
    ownedOf(deps.cluster, account, installation),
    deps.cluster.list("Pod", { namespace, labelSelector: selectorLabels(account) }),
    account.spec.reconcilePolicy === "Apply"
      ? deps.registrar.register(account, sources)
      : { ok: isKnown, message: "not registered" },
  ]);
  return {
    account,
    owned,
    pods: pods as Pod[],
    depth: sources.depthOf(accountId),
    runtime,
    registration,
    installation,
    start: { ok: true },
    storm: work.storm,
    traceparent: work.span.traceparent,
    now: deps.now(),
  };
};

/** Secrets are children on this machine only; in a cluster nothing of ours reads those of accounts. */
const ownedOf = async (
  cluster: Cluster,
  account: Account,
  installation: InstallationReading,
): Promise<KubeObject[]> => {
  const isLocal = installation.ok && installation.installation.runs === "processes";
  const kinds = isLocal ? (["Secret", "Deployment"] as const) : clusterChildKinds;
  return listOwned(cluster, account, kinds);
};

export const startLimitsOf = (reading: InstallationReading): StartLimits => {
  if (!reading.ok || reading.installation.runs === "processes") return defaultStartLimits;
  const { startsAtOnceMax, startsPerEgressMax } =
    reading.installation.context.platform.spec.scaling ?? {};
  return {
    atOnceMax: startsAtOnceMax ?? defaultStartLimits.atOnceMax,
    perEgressMax: startsPerEgressMax ?? defaultStartLimits.perEgressMax,
  };
};
