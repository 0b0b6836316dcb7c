import type { KubeObject } from "../api/objects.ts";
import type { Deployment } from "../api/workloads.ts";
import { buildHorizontalPodAutoscaler } from "../desired/scaling/horizontal-pod-autoscaler.ts";
import { buildReplicas, replicasBy, type ReplicasBy } from "../desired/scaling/replicas.ts";
import { buildScaledObject, type KedaSource } from "../desired/scaling/scaled-object.ts";
import { decideAutoscaled } from "./decide-autoscaled.ts";
import { decideDirect } from "./decide-direct.ts";
import { podsOf, scalingFinding } from "./describe-scaling.ts";
import type { Autoscaler, DecisionInput, ScaleDecision, ScalingMode } from "./scaling-types.ts";

export interface ScalingContext extends Omit<DecisionInput, "account" | "currentReplicas"> {
  mode: ScalingMode;
  /** Where KEDA reads; only mode Keda needs it. */
  kedaSource: KedaSource | undefined;
  /** The name of the account's Deployment, and the labels of everything made for it. */
  name: string;
  labels: Record<string, string>;
  accountId: string;
  deployment: Deployment | undefined;
  /** What the account owns; its autoscaler is among it. */
  owned: readonly KubeObject[];
  /** Whether the account may start pods when it has none. */
  start: { ok: true } | { ok: false; message: string };
}

export interface AccountScaling {
  decision: ScaleDecision;
  /**
   * For the builder of the Deployment: the replicas of one that is still to be made, undefined for
   * the default of 1. An existing one must be applied without replicas, or two would write them.
   */
  initialReplicas: number | undefined;
  /** The Deployment's replicas alone, for the scale field manager; undefined writes none. */
  replicas: KubeObject | undefined;
  /** The autoscaler, where one chooses. */
  objects: KubeObject[];
  /** Pods are wanted, and their turn to start has not come. */
  isWaiting: boolean;
}

/** Everything about one account's scaling: how many pods, who sees to it, and why. */
export const scaleAccount = (
  account: DecisionInput["account"],
  context: ScalingContext,
): AccountScaling => {
  const kind = autoscalerKindFor(account, context);
  const input = { ...context, account, currentReplicas: replicasOf(context.deployment) };
  if (kind === undefined) {
    const { replicas } = account.spec;
    const decision = replicas === undefined ? decideDirect(input) : decideFixed(input, replicas);
    return assemble(account, context, { decision, by: "operator", objects: [] });
  }
  const autoscaler = context.owned.find((each) => each.kind === kind) as Autoscaler | undefined;
  const decision = decideAutoscaled({ ...input, autoscaler, autoscalerKind: kind });
  const parts = { ...context, range: decision.range };
  const wanted =
    kind === "HorizontalPodAutoscaler"
      ? buildHorizontalPodAutoscaler(account, parts)
      : buildScaledObject(account, { ...parts, source: context.kedaSource });
  return assemble(account, context, { decision, by: "autoscaler", objects: [wanted] });
};

/** Where there is nothing to choose there is no autoscaler: hibernation is the operator's. */
const autoscalerKindFor = (
  { spec }: DecisionInput["account"],
  { mode, kedaSource }: ScalingContext,
): "HorizontalPodAutoscaler" | "ScaledObject" | undefined => {
  if (spec.replicas !== undefined || spec.maxReplicas <= Math.max(spec.minReplicas, 1)) {
    return undefined;
  }
  if (mode === "Direct") return undefined;
  if (mode !== "Keda") return "HorizontalPodAutoscaler";
  return kedaSource === undefined ? undefined : "ScaledObject";
};

const decideFixed = ({ replicasMean }: DecisionInput, replicas: number): ScaleDecision => ({
  replicas,
  write: replicas,
  idleSince: undefined,
  scaleDownSince: undefined,
  finding: scalingFinding(
    "False",
    "FixedReplicas",
    `${podsOf(replicas, replicasMean)}: spec.replicas says so; remove it to scale on queue depth`,
  ),
  requeueAfterMs: undefined,
});

const assemble = (
  account: DecisionInput["account"],
  context: ScalingContext,
  parts: { decision: ScaleDecision; by: ReplicasBy; objects: KubeObject[] },
): AccountScaling => {
  const { name, deployment, start } = context;
  const hasPods = (replicasOf(deployment) ?? 0) > 0;
  const isWaiting = !start.ok && !hasPods && parts.decision.replicas > 0;
  const decision = isWaiting ? postponed(parts.decision, start.message) : parts.decision;
  const replicas = replicasToWrite(decision, deployment, parts.by);
  const { namespace } = account.metadata;
  return {
    decision,
    initialReplicas:
      deployment === undefined && decision.replicas !== defaultReplicas
        ? decision.replicas
        : undefined,
    replicas:
      replicas === undefined
        ? undefined
        : buildReplicas({ namespace, name, replicas, by: parts.by }),
    objects: parts.objects,
    isWaiting,
  };
};

/** What a Deployment has of which nobody says anything. */
const defaultReplicas = 1;

const replicasOf = (deployment: Deployment | undefined): number | undefined =>
  deployment === undefined ? undefined : (deployment.spec.replicas ?? defaultReplicas);

/** Undefined when there is nothing to write. */
const replicasToWrite = (
  decision: ScaleDecision,
  deployment: Deployment | undefined,
  by: ReplicasBy,
): number | undefined => {
  const wanted = decision.write ?? decision.replicas;
  const chosenBy = deployment === undefined ? undefined : replicasBy(deployment);
  // Most accounts: nobody owns the one pod that every Deployment has, until another number is wanted.
  const isDefault = (replicasOf(deployment) ?? defaultReplicas) === defaultReplicas;
  if (chosenBy === undefined && by === "operator" && isDefault && wanted === defaultReplicas) {
    return undefined;
  }
  // Handed over once: what nobody but the Deployment's applier owns would fall back to 1.
  if (chosenBy !== by) return wanted;
  return decision.write === replicasOf(deployment) ? undefined : decision.write;
};

const postponed = (decision: ScaleDecision, message: string): ScaleDecision => ({
  ...decision,
  replicas: 0,
  write: 0,
  finding: scalingFinding("False", "WaitingForStart", message),
});
