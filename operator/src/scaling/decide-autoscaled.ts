import { decideBlind, fallbackFloor } from "./decide-blind.ts";
import { depthFinding, idealReplicas, soonest } from "./decide-direct.ts";
import { describeAutoscaler } from "./describe-autoscaler.ts";
import { needOf } from "./need.ts";
import type { Autoscaler, DecisionInput, Depth, ScaleDecision } from "./scaling-types.ts";

export interface AutoscaledInput extends DecisionInput {
  autoscaler: Autoscaler | undefined;
  autoscalerKind: "HorizontalPodAutoscaler" | "ScaledObject";
}

export interface AutoscaledDecision extends ScaleDecision {
  /** Within which the autoscaler may choose while the account runs. */
  range: { min: number; max: number };
}

/**
 * An autoscaler chooses between 1 and the maximum; the operator writes replicas only to hibernate
 * and to wake. A HorizontalPodAutoscaler leaves a Deployment alone whose replicas are 0, so the two
 * never write at the same time.
 */
export const decideAutoscaled = (input: AutoscaledInput): AutoscaledDecision => {
  const { account, work, now } = input;
  const { minReplicas, maxReplicas } = account.spec;
  const range = { min: Math.max(minReplicas, 1), max: maxReplicas };
  if (!work.depth.ok) return decideUnseen(input, work.depth, range);
  const { depth } = work.depth;
  const need = needOf(account, { ...work, depth }, now);
  const ideal = idealReplicas(input, need);
  const write = crossesZero(input.currentReplicas, ideal) ? ideal : undefined;
  const replicas = write ?? input.currentReplicas ?? ideal;
  return {
    replicas,
    write,
    range,
    idleSince: need.idleSince,
    scaleDownSince: undefined,
    finding: findingOf(input, depth, replicas),
    requeueAfterMs: soonest([
      need.hibernatesInMs || Infinity,
      replicas === 0 ? need.wakesInMs : Infinity,
    ]),
  };
};

/** A Deployment that is still to be made starts with what is wanted. */
const crossesZero = (current: number | undefined, wanted: number): boolean =>
  current === undefined || (current === 0) !== (wanted === 0);

/**
 * The autoscaler keeps what it has when it sees no metric, except below its minimum: so the fallback
 * is a higher minimum, and the autoscaler itself goes there.
 */
const decideUnseen = (
  input: AutoscaledInput,
  failure: Parameters<typeof decideBlind>[1],
  range: AutoscaledDecision["range"],
): AutoscaledDecision => {
  const blind = decideBlind(input, failure);
  const { currentReplicas } = input;
  return {
    ...blind,
    write: crossesZero(currentReplicas, blind.replicas) ? blind.replicas : undefined,
    range: { ...range, min: Math.max(range.min, fallbackFloor(input, failure) ?? 0) },
  };
};

const findingOf = (
  input: AutoscaledInput,
  depth: Depth,
  replicas: number,
): ScaleDecision["finding"] => {
  const own = depthFinding(input, depth, replicas);
  if (own.reason !== "QueueDepth") return own;
  return describeAutoscaler(input.autoscaler, input.autoscalerKind, own.message);
};
