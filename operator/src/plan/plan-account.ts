import {
  accountKinds,
  settingsOf,
  type Account,
  type AccountStatus,
} from "../api/account-kinds.ts";
import { mergeConditions } from "../api/conditions.ts";
import { accountIdOf } from "../api/names.ts";
import type { KubeObject } from "../api/objects.ts";
import type { Deployment, Pod } from "../api/workloads.ts";
import { buildAccount } from "../desired/account/build-account.ts";
import type { InstallationReading } from "../desired/account/installation.ts";
import { selectorLabels } from "../desired/account/labels.ts";
import type { DepthReading, ScaleDecision } from "../scaling/scaling-types.ts";
import type { AccountScaling } from "../scaling/scale-account.ts";
import { accountFindings, type Runtime } from "./account-findings.ts";
import { accountInputs } from "./account-inputs.ts";
import { deploymentOf } from "./deployment-of.ts";
import { describeChanges } from "./describe-changes.ts";
import { queueRange } from "./queue-range.ts";
import { scalingFor } from "./scaling-for.ts";
import type { StartState } from "./start-budget.ts";
import { surplusOf } from "./surplus.ts";
import type { Changes } from "./synced-finding.ts";
import { settleTemplates } from "./template-hold.ts";

/** Everything a plan is made from; gathered before, so that planning touches nothing. */
export interface AccountObservation {
  account: Account;
  /** Every object the account owns. */
  owned: readonly KubeObject[];
  pods: readonly Pod[];
  depth: DepthReading;
  runtime: { ok: true; runtime: Runtime | undefined } | { ok: false; message: string };
  /** Whether the accounts service has the account's row. */
  registration: { ok: true } | { ok: false; message: string };
  installation: InstallationReading;
  /** Whether it may start, should it have to. */
  start: { ok: true } | { ok: false; message: string };
  /** What wakes this account far too often. */
  storm: string | undefined;
  /** The trace of this reconcile, for the pods that come of it. */
  traceparent: string | undefined;
  now: Date;
}

export interface AccountPlan {
  apply: KubeObject[];
  /** The Deployment's replicas alone; another manager applies them. */
  replicas: KubeObject | undefined;
  prune: KubeObject[];
  status: AccountStatus;
  requeueAfterMs: number | undefined;
  /** Starting: pods are wanted and none is there yet, or they are being replaced. */
  start: StartState;
}

/** An account whose turn has come is woken; this is for one that nobody wakes. */
const startRetryMs = 20_000;
const stepsMax = 20;

/** What to do for one account, and what to say about it. */
export const planAccount = (observed: AccountObservation): AccountPlan => {
  const { account, owned } = observed;
  const deployment = deploymentOf(owned);
  const scaling = scalingFor(observed, deployment);
  const { decision: scale, isWaiting } = scaling;
  const settled = settleTemplates({
    objects: wantedOf(observed, scaling),
    observed: owned,
    inputs: accountInputs(observed),
    traceparent: observed.traceparent,
    mayRoll: observed.start.ok,
  });
  // What has never run and has to wait is not made before its turn: its Deployment would change twice.
  const isUnborn = isWaiting && deployment === undefined;
  const { objects, held } = settled;
  // While it is not known what an account should become, nothing of it is taken away.
  const prune = objects.length === 0 ? [] : surplusOf(owned, objects);
  const steps = describeChanges({ owned, apply: objects, prune });
  const isLater = isWaiting || settled.postponed.length > 0;
  const isStarting = scale.replicas > 0 && isStartingIn(deployment, settled.rolled);
  const plan = {
    status: statusOf(observed, scale, { steps, held }),
    requeueAfterMs: isLater ? startRetryMs : scale.requeueAfterMs,
  };
  const isActing = account.spec.reconcilePolicy === "Apply";
  const start = isActing ? startState({ isLater, isStarting }) : "settled";
  if (!isActing || isUnborn) {
    return { ...plan, apply: [], replicas: undefined, prune: [], start };
  }
  const replicas = objects.length > 0 ? scaling.replicas : undefined;
  return { ...plan, apply: objects, replicas, prune, start };
};

/** One that runs and waits to be replaced may be starting as well: then it has its place already. */
const startState = (is: { isLater: boolean; isStarting: boolean }): StartState => {
  if (is.isStarting) return "starting";
  return is.isLater ? "waiting" : "settled";
};

/** No pod is ready, or pods are being replaced. */
const isStartingIn = (deployment: Deployment | undefined, rolled: readonly string[]): boolean => {
  const { replicas = 0, updatedReplicas = 0 } = deployment?.status ?? {};
  return readyIn(deployment) === 0 || rolled.length > 0 || updatedReplicas < replicas;
};

const readyIn = (deployment: Deployment | undefined): number =>
  deployment?.status?.readyReplicas ?? 0;

/**
 * Everything an account becomes, pods as they would be built anew. Nothing is started for an account
 * the services do not know or whose installation is missing.
 */
export const wantedOf = (
  { account, registration, installation }: AccountObservation,
  { initialReplicas, objects }: AccountScaling,
): KubeObject[] => {
  if (!registration.ok || !installation.ok) return [];
  return [...buildAccount(account, installation.installation, initialReplicas), ...objects];
};

const statusOf = (
  observed: AccountObservation,
  scale: ScaleDecision,
  changes: Changes,
): AccountStatus => {
  const { account, owned, now } = observed;
  const deployment = deploymentOf(owned);
  const generation = account.metadata.generation ?? 1;
  const findings = accountFindings(observed, scale, changes);
  return {
    observedGeneration: generation,
    accountId: accountIdOf(account),
    replicas: deployment?.status?.replicas ?? 0,
    readyReplicas: readyIn(deployment),
    desiredReplicas: scale.replicas,
    selector: Object.entries(selectorLabels(account))
      .map(([name, value]) => `${name}=${value}`)
      .join(","),
    health: healthOf(observed, findings),
    ...readingsOf(observed, scale),
    ...(account.spec.reconcilePolicy === "DryRun"
      ? { plan: describePlan(observed, scale, changes.steps) }
      : {}),
    conditions: mergeConditions(account.status?.conditions ?? [], findings, { generation, now }),
  };
};

/** What is left out while it is not known. */
const readingsOf = (
  { account, runtime, depth }: AccountObservation,
  { idleSince, scaleDownSince }: ScaleDecision,
): Partial<AccountStatus> => {
  const identity = identityOf(account, runtime.ok ? runtime.runtime?.phone : undefined);
  return {
    ...(depth.ok ? { queue: queueRange(depth.depth.ready) } : {}),
    ...(idleSince === undefined ? {} : { idleSince: idleSince.toISOString() }),
    ...(scaleDownSince === undefined ? {} : { scaleDownSince: scaleDownSince.toISOString() }),
    ...(identity === undefined ? {} : { identity }),
  };
};

/** A phone number by its last four digits; a public name as it is. */
const identityOf = (account: Account, phone: string | null | undefined): string | undefined => {
  if (typeof phone === "string") return phone.slice(-4);
  if (accountKinds[account.kind].access === "pairing") return undefined;
  const { username, pageId, profileUrl } = settingsOf(account);
  const named = username ?? pageId ?? profileUrl;
  return typeof named === "string" ? named : undefined;
};

const healthOf = (
  { runtime }: AccountObservation,
  findings: ReturnType<typeof accountFindings>,
): NonNullable<AccountStatus["health"]> => {
  if (!runtime.ok) return "Unknown";
  if (runtime.runtime?.state === "restricted") return "Restricted";
  const isDegraded = findings.some(({ type, status }) => type === "Degraded" && status === "True");
  return isDegraded ? "Degraded" : "Healthy";
};

const describePlan = (
  { owned, registration, installation }: AccountObservation,
  scale: ScaleDecision,
  steps: readonly string[],
): string[] => {
  if (!installation.ok) return [`nothing: ${installation.message}`];
  const register = registration.ok ? [] : ["register the account with the accounts service"];
  const current = deploymentOf(owned)?.spec.replicas;
  const pods =
    current === undefined
      ? `create the Deployment with ${scale.replicas} pod(s)`
      : current === scale.replicas
        ? `keep ${current} pod(s)`
        : `scale the Deployment from ${current} to ${scale.replicas} pod(s)`;
  return [...register, pods, ...steps].slice(0, stepsMax);
};
