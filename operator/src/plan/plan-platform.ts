import { mergeConditions, type Finding } from "../api/conditions.ts";
import { rollOf } from "../api/names.ts";
import { refKey, refOf, type KubeObject } from "../api/objects.ts";
import type { Platform, PlatformStatus } from "../api/platform.ts";
import type { Deployment, Pod } from "../api/workloads.ts";
import { buildFoundation, buildServices } from "../desired/platform/build-platform.ts";
import { versionOf, type PlatformContext } from "../desired/platform/context.ts";
import { describeChanges } from "./describe-changes.ts";
import { isRunningJob, migrationState, type MigrationState } from "./migration-state.ts";
import { platformFindings } from "./platform-findings.ts";
import { surplusOf } from "./surplus.ts";
import type { Changes } from "./synced-finding.ts";
import { settleTemplates } from "./template-hold.ts";

/** Everything a plan is made from; gathered before, so that planning touches nothing. */
export interface PlatformObservation {
  context: PlatformContext;
  /** Secrets and keys the Platform names and which are not there, in words. */
  missing: readonly string[];
  /** Every object in the namespace that this Platform owns. */
  owned: readonly KubeObject[];
  /** The other Platforms of the namespace. */
  others: readonly Platform[];
  /** The pods of migration Jobs, for what they said last. */
  migrationPods: readonly Pod[];
  accounts: number;
  /** What wakes this Platform far too often. */
  storm: string | undefined;
  /** The trace of this reconcile, for the pods that come of it. */
  traceparent: string | undefined;
  now: Date;
}

export interface PlatformPlan {
  /** In this order: what refers to something comes after it. */
  apply: KubeObject[];
  prune: KubeObject[];
  status: PlatformStatus;
  requeueAfterMs: number;
  /** What accounts are made from: when it changes they have to be looked at. */
  installationOf: unknown;
}

/** Secrets and sandbox have no watch. */
const lookAgainMs = 60_000;
const waitingMs = 5_000;

/** What to do for one Platform, and what to say about it. */
export const planPlatform = (observed: PlatformObservation): PlatformPlan => {
  const { context, owned, missing } = observed;
  const { platform } = context;
  const migration = migrationState(context, owned, observed.migrationPods);
  const foundation = buildFoundation(context).filter((object) => !isFinalJob(object, owned));
  const services = buildServices(context);
  const isAccepted = acceptedOver(platform, observed.others);
  const isMigrated = migration.state === "done";
  const { objects, held } = settleTemplates({
    objects: isMigrated ? [...foundation, ...services] : foundation,
    observed: owned,
    inputs: platformInputs(context),
    traceparent: observed.traceparent,
  });
  const prune = surplus(owned, [...buildFoundation(context), ...services]);
  const changes = { steps: describeChanges({ owned, apply: objects, prune }), held };
  const isActing = isAccepted && missing.length === 0 && isApplying(platform);
  return {
    apply: isActing ? objects : [],
    // Until the new version runs, nothing of the old one is taken away.
    prune: isActing && isMigrated ? prune : [],
    status: statusOf(observed, migration, { isAccepted, changes }),
    requeueAfterMs:
      isAccepted && missing.length === 0 && !awaitsSandbox(context) ? lookAgainMs : waitingMs,
    installationOf: [
      platformInputs(context),
      [context.scaling, platform.spec.scaling],
      ...[isAccepted, missing, migration.state],
    ],
  };
};

const awaitsSandbox = ({ platform, sandboxTrust }: PlatformContext): boolean =>
  platform.spec.sandbox === "On" && sandboxTrust === undefined;

const isApplying = ({ spec }: Platform): boolean =>
  !spec.paused && spec.reconcilePolicy === "Apply";

/** A Job's template can never change: the one that is there is the one that runs. */
const isFinalJob = (object: KubeObject, owned: readonly KubeObject[]): boolean =>
  object.kind === "Job" && owned.some((other) => refKey(refOf(other)) === refKey(refOf(object)));

/** What pods of a Platform are made from; as long as it is the same, they stay. */
const platformInputs = (context: PlatformContext): unknown => {
  const { platform, secretDigests, sandboxTrust } = context;
  const ignored = { paused: undefined, reconcilePolicy: undefined };
  return {
    name: platform.metadata.name,
    spec: { ...platform.spec, ...ignored },
    version: versionOf(context),
    ...{ secretDigests, sandboxTrust },
    roll: rollOf(platform),
  };
};

/** The oldest Platform of a namespace is the one that counts. */
export const acceptedOver = (platform: Platform, others: readonly Platform[]): boolean =>
  others.every((other) => ageKey(platform) < ageKey(other));

const ageKey = ({ metadata }: Platform): string =>
  `${metadata.creationTimestamp ?? ""}/${metadata.name}`;

/** Owned and no longer wanted. A Job is kept while it runs: half a migration is worse than a late one. */
const surplus = (owned: readonly KubeObject[], wanted: readonly KubeObject[]): KubeObject[] =>
  surplusOf(owned, wanted).filter((object) => !isRunningJob(object));

const statusOf = (
  observed: PlatformObservation,
  migration: MigrationState,
  { isAccepted, changes }: { isAccepted: boolean; changes: Changes },
): PlatformStatus => {
  const { context, owned, now } = observed;
  const { platform } = context;
  const version = versionOf(context);
  const { generation = 1 } = platform.metadata;
  const deployments = owned.filter(({ kind }) => kind === "Deployment") as Deployment[];
  const { missing, storm } = observed;
  const findings = platformFindings({
    ...{ context, deployments, migration, isAccepted, missing, storm, changes },
  });
  const migrated = migration.state === "done" ? version : platform.status?.migratedVersion;
  return {
    observedGeneration: generation,
    ...optional("version", isReady(findings) ? version : platform.status?.version),
    ...optional("migratedVersion", migrated),
    accounts: observed.accounts,
    scalingMode: context.scaling?.choice.mode ?? "Direct",
    ...optional("url", urlOf(platform)),
    components: componentsOf(deployments),
    ...planOf(platform, changes),
    conditions: mergeConditions(platform.status?.conditions ?? [], findings, { generation, now }),
  };
};

const planOf = ({ spec }: Platform, { steps }: Changes): Pick<PlatformStatus, "plan"> =>
  spec.reconcilePolicy === "DryRun" ? { plan: [...steps] } : {};

const isReady = (findings: readonly Finding[]): boolean =>
  findings.some(({ type, status }) => type === "Ready" && status === "True");

const optional = <K extends string>(
  name: K,
  value: string | undefined,
): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [name]: value } as Partial<Record<K, string>>);

const urlOf = ({ spec: { hosts, ingress } }: Platform): string | undefined => {
  if (hosts === undefined) return undefined;
  const isPlain = ingress?.tlsSecretName === undefined && ingress?.type === "Ingress";
  return `${isPlain ? "http" : "https"}://${hosts.api}`;
};

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
