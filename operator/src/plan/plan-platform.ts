import { mergeConditions } from "../api/conditions.ts";
import { refKey, refOf, type KubeObject } from "../api/objects.ts";
import type { Platform, PlatformStatus } from "../api/platform.ts";
import type { Deployment } from "../api/workloads.ts";
import { buildFoundation, buildServices } from "../desired/platform/build-platform.ts";
import { versionOf, type PlatformContext } from "../desired/platform/context.ts";
import { describeChanges } from "./describe-changes.ts";
import { isRunningJob, migrationState, type MigrationState } from "./migration-state.ts";
import { platformFindings } from "./platform-findings.ts";

/** Everything a plan is made from; gathered before, so that planning touches nothing. */
export interface PlatformObservation {
  context: PlatformContext;
  /** Every object in the namespace that this Platform owns. */
  owned: readonly KubeObject[];
  /** The other Platforms of the namespace. */
  others: readonly Platform[];
  accounts: number;
  scalingMode: string;
  now: Date;
}

export interface PlatformPlan {
  /** In this order: what refers to something comes after it. */
  apply: KubeObject[];
  prune: KubeObject[];
  status: PlatformStatus;
}

/** What to do for one Platform, and what to say about it. */
export const planPlatform = (observed: PlatformObservation): PlatformPlan => {
  const { context, owned } = observed;
  const { platform } = context;
  const migration = migrationState(context, owned);
  const foundation = buildFoundation(context);
  const services = buildServices(context);
  const isAccepted = acceptedOver(platform, observed.others);
  const apply = migration.state === "done" ? [...foundation, ...services] : foundation;
  const prune = surplus(owned, [...foundation, ...services]);
  const isActing = isAccepted && !platform.spec.paused && platform.spec.reconcilePolicy === "Apply";
  return {
    apply: isActing ? apply : [],
    // Until the new version runs, nothing of the old one is taken away.
    prune: isActing && migration.state === "done" ? prune : [],
    status: statusOf(observed, migration, { isAccepted, apply, prune }),
  };
};

/** The oldest Platform of a namespace is the one that counts. */
export const acceptedOver = (platform: Platform, others: readonly Platform[]): boolean =>
  others.every((other) => ageKey(platform) < ageKey(other));

const ageKey = ({ metadata }: Platform): string =>
  `${metadata.creationTimestamp ?? ""}/${metadata.name}`;

/** Owned and no longer wanted. A Job is kept while it runs: half a migration is worse than a late one. */
const surplus = (owned: readonly KubeObject[], wanted: readonly KubeObject[]): KubeObject[] => {
  const keys = new Set(wanted.map((object) => refKey(refOf(object))));
  return owned.filter((object) => !keys.has(refKey(refOf(object))) && !isRunningJob(object));
};

const statusOf = (
  observed: PlatformObservation,
  migration: MigrationState,
  plan: { isAccepted: boolean; apply: KubeObject[]; prune: KubeObject[] },
): PlatformStatus => {
  const { context, owned, now } = observed;
  const { platform } = context;
  const version = versionOf(context);
  const generation = platform.metadata.generation ?? 1;
  const deployments = owned.filter(({ kind }) => kind === "Deployment") as Deployment[];
  const findings = platformFindings({
    context,
    deployments,
    migration,
    isAccepted: plan.isAccepted,
  });
  const { hosts } = platform.spec;
  const migrated = migration.state === "done" ? version : platform.status?.migratedVersion;
  return {
    observedGeneration: generation,
    ...(findings.some(({ type, status }) => type === "Ready" && status === "True")
      ? { version }
      : optional("version", platform.status?.version)),
    ...optional("migratedVersion", migrated),
    accounts: observed.accounts,
    scalingMode: observed.scalingMode,
    ...optional("url", hosts === undefined ? undefined : urlOf(platform, hosts.api)),
    components: componentsOf(deployments),
    ...(platform.spec.reconcilePolicy === "DryRun"
      ? { plan: describeChanges({ owned, apply: plan.apply, prune: plan.prune }) }
      : {}),
    conditions: mergeConditions(platform.status?.conditions ?? [], findings, { generation, now }),
  };
};

const optional = <K extends string>(
  name: K,
  value: string | undefined,
): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [name]: value } as Partial<Record<K, string>>);

const urlOf = ({ spec }: Platform, host: string): string =>
  `${spec.ingress?.tlsSecretName === undefined && spec.ingress?.type === "Ingress" ? "http" : "https"}://${host}`;

const componentsOf = (
  deployments: readonly Deployment[],
): NonNullable<PlatformStatus["components"]> =>
  deployments
    .map(({ metadata, spec, status }) => ({
      name: metadata.labels?.["app.kubernetes.io/component"] ?? metadata.name,
      replicas: spec.replicas ?? 1,
      readyReplicas: status?.readyReplicas ?? 0,
      version: spec.template.spec.containers[0]?.image?.split(":").at(-1) ?? "",
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
