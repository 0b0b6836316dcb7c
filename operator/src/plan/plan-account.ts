import { mergeConditions } from "../api/conditions.ts";
import { accountIdOf } from "../api/names.ts";
import type { KubeObject } from "../api/objects.ts";
import type { WhatsAppAccount, WhatsAppAccountStatus } from "../api/whatsapp-account.ts";
import type { Deployment, Pod } from "../api/workloads.ts";
import {
  buildDeployment,
  buildEnvSecret,
  selectorLabels,
  type ChannelTemplate,
} from "../desired/deployment.ts";
import { accountFindings, type Runtime } from "./account-findings.ts";
import { decideScale, type DepthReading, type ScaleDecision } from "./scale.ts";

export type TemplateReading =
  { ok: true; template: ChannelTemplate } | { ok: false; message: string };

/** Everything a plan is made from; gathered before, so that planning touches nothing. */
export interface AccountObservation {
  account: WhatsAppAccount;
  deployment: Deployment | undefined;
  pods: readonly Pod[];
  depth: DepthReading;
  runtime: { ok: true; runtime: Runtime | undefined } | { ok: false; message: string };
  /** Whether the accounts service has the account's row. */
  registration: { ok: true } | { ok: false; message: string };
  template: TemplateReading;
  now: Date;
}

export interface AccountPlan {
  /** In this order: what refers to something comes after it. */
  apply: KubeObject[];
  status: WhatsAppAccountStatus;
  requeueAfterMs: number | undefined;
}

/** What to do for one account, and what to say about it. */
export const planAccount = (observed: AccountObservation): AccountPlan => {
  const { account, now } = observed;
  const scale = decideFor(observed);
  const wanted = buildObjects(observed, scale.replicas);
  const isActing = account.spec.reconcilePolicy === "Apply";
  const findings = accountFindings(observed, scale);
  const generation = account.metadata.generation ?? 1;
  return {
    apply: isActing ? wanted : [],
    status: {
      ...statusOf(observed, scale),
      observedGeneration: generation,
      ...(account.spec.reconcilePolicy === "DryRun" ? { plan: describePlan(observed, scale) } : {}),
      conditions: mergeConditions(account.status?.conditions ?? [], findings, { generation, now }),
    },
    requeueAfterMs: scale.requeueAfterMs,
  };
};

const decideFor = (observed: AccountObservation): ScaleDecision => {
  const { account, deployment, depth, now } = observed;
  const runtime = observed.runtime.ok ? observed.runtime.runtime : undefined;
  return decideScale({
    account,
    depth,
    isPairing: typeof runtime?.pairingRequestedAt === "string",
    isLeaving: typeof runtime?.logoutRequestedAt === "string",
    lastActivityAt:
      typeof runtime?.lastActivityAt === "string" ? new Date(runtime.lastActivityAt) : undefined,
    currentReplicas: deployment?.spec.replicas,
    now,
  });
};

/** Nothing is started for an account the services do not know or whose environment is missing. */
const buildObjects = (observed: AccountObservation, replicas: number): KubeObject[] => {
  const { account, registration, template } = observed;
  if (!registration.ok || !template.ok) return [];
  return [
    buildEnvSecret(account, template.template),
    buildDeployment(account, template.template, replicas),
  ];
};

const statusOf = (
  { account, deployment, runtime }: AccountObservation,
  scale: ScaleDecision,
): WhatsAppAccountStatus => {
  const phone = runtime.ok ? runtime.runtime?.phone : undefined;
  return {
    accountId: accountIdOf(account),
    replicas: deployment?.status?.replicas ?? 0,
    readyReplicas: deployment?.status?.readyReplicas ?? 0,
    desiredReplicas: scale.replicas,
    selector: Object.entries(selectorLabels(account))
      .map(([name, value]) => `${name}=${value}`)
      .join(","),
    ...(scale.idleSince === undefined ? {} : { idleSince: scale.idleSince.toISOString() }),
    ...(scale.scaleDownSince === undefined
      ? {}
      : { scaleDownSince: scale.scaleDownSince.toISOString() }),
    ...(typeof phone === "string" ? { identity: phone.slice(-4) } : {}),
  };
};

const describePlan = (
  { deployment, registration, template }: AccountObservation,
  scale: ScaleDecision,
): string[] => {
  if (!template.ok) return [`nothing: ${template.message}`];
  const register = registration.ok ? [] : ["register the account with the accounts service"];
  const current = deployment?.spec.replicas;
  if (current === undefined) {
    return [...register, `create the Deployment with ${scale.replicas} pod(s)`];
  }
  if (current === scale.replicas) return [...register, `keep ${current} pod(s)`];
  return [...register, `scale the Deployment from ${current} to ${scale.replicas} pod(s)`];
};
