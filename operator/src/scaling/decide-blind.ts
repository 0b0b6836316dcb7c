import { podsOf, scalingFinding } from "./describe-scaling.ts";
import { readTime } from "./need.ts";
import type { DecisionInput, DepthReading, ScaleDecision } from "./scaling-types.ts";

/** How long the queue depth may be unknown before accounts get their fallback replicas. */
export const fallbackAfterMs = 60_000;

type Failure = Extract<DepthReading, { ok: false }>;

/**
 * With the source failing nothing is stopped. A pairing or a logout still wakes, and after a while
 * every account runs its fallback: there may be messages nobody can see.
 */
export const decideBlind = (input: DecisionInput, failure: Failure): ScaleDecision => {
  const { account, work, currentReplicas } = input;
  const { minReplicas } = account.spec;
  const floor = fallbackFloor(input, failure);
  const kept = Math.max(
    currentReplicas ?? Math.max(minReplicas, 1),
    minReplicas,
    work.isPairing || work.isLeaving ? 1 : 0,
  );
  const replicas = Math.max(kept, floor ?? 0);
  const waitMs = untilFallback(failure, input.now);
  const pods = podsOf(replicas, input.replicasMean);
  return {
    replicas,
    write: replicas,
    idleSince: readTime(account.status?.idleSince),
    scaleDownSince: undefined,
    finding:
      floor === undefined
        ? scalingFinding("Unknown", "QueueDepthUnknown", `keeping ${pods}: ${failure.message}`)
        : scalingFinding("Unknown", "Fallback", `${pods} until it answers: ${failure.message}`),
    requeueAfterMs: floor === undefined && Number.isFinite(waitMs) ? waitMs : undefined,
  };
};

/** The fewest pods while the depth cannot be read; undefined until it has failed for long. */
export const fallbackFloor = (
  { account, fallbackReplicas, now }: Pick<DecisionInput, "account" | "fallbackReplicas" | "now">,
  failure: Failure,
): number | undefined =>
  untilFallback(failure, now) > 0
    ? undefined
    : Math.max(account.spec.minReplicas, Math.min(fallbackReplicas, account.spec.maxReplicas));

const untilFallback = ({ since }: Failure, now: Date): number =>
  since === undefined ? Infinity : since.getTime() + fallbackAfterMs - now.getTime();
