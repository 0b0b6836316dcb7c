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
  /** The HorizontalPodAutoscalers and ScaledObjects around the account; those it does not own are left alone. */
  autoscalers: readonly Autoscaler[];
}

export interface AccountScaling {
  decision: ScaleDecision;
  /**
   * For the builder of the Deployment: the replicas of one that is still to be made. An existing
   * one must be applied without replicas, or two would write them.
   */
  initialReplicas: number | undefined;
  /** The Deployment's replicas alone; applied by the scale field manager, before the Deployment. */
  replicas: KubeObject | undefined;
  apply: KubeObject[];
  prune: KubeObject[];
}

/** Everything about one account's scaling: what to apply, what to remove, and why. */
export const scaleAccount = (
  account: DecisionInput["account"],
  context: ScalingContext,
): AccountScaling => {
  const kind = autoscalerKindFor(account, context);
  const input = { ...context, account, currentReplicas: context.deployment?.spec.replicas };
  if (kind === undefined) {
    const { replicas } = account.spec;
    const decision = replicas === undefined ? decideDirect(input) : decideFixed(input, replicas);
    return assemble(account, context, { decision, by: "operator", autoscaler: undefined });
  }
  const autoscaler = context.autoscalers.find(
    (each) => each.kind === kind && isOwnedBy(each, account),
  );
  const decision = decideAutoscaled({ ...input, autoscaler, autoscalerKind: kind });
  const parts = { ...context, range: decision.range };
  const wanted =
    kind === "HorizontalPodAutoscaler"
      ? buildHorizontalPodAutoscaler(account, parts)
      : buildScaledObject(account, { ...parts, source: context.kedaSource });
  return assemble(account, context, { decision, by: "autoscaler", autoscaler: wanted });
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
  { name, deployment, autoscalers }: ScalingContext,
  parts: { decision: ScaleDecision; by: ReplicasBy; autoscaler: KubeObject | undefined },
): AccountScaling => {
  const { decision, by, autoscaler } = parts;
  // Handed over once: what nobody but the Deployment's applier owns would fall back to 1.
  const handedOver = deployment !== undefined && replicasBy(deployment) === by;
  const written = decision.write ?? (handedOver ? undefined : decision.replicas);
  const isWritten = handedOver && deployment.spec.replicas === written;
  return {
    decision,
    initialReplicas: deployment === undefined ? decision.replicas : undefined,
    replicas:
      written === undefined || isWritten
        ? undefined
        : buildReplicas({ namespace: account.metadata.namespace, name, replicas: written, by }),
    apply: autoscaler === undefined ? [] : [autoscaler],
    prune: autoscalers.filter((each) => each.kind !== autoscaler?.kind && isOwnedBy(each, account)),
  };
};

/** KEDA's own HorizontalPodAutoscaler carries our labels, but belongs to the ScaledObject. */
const isOwnedBy = ({ metadata }: Autoscaler, account: DecisionInput["account"]): boolean =>
  metadata.ownerReferences?.some(({ uid }) => uid === account.metadata.uid) ?? false;
