import { decideBlind } from "./decide-blind.ts";
import { boundsOf, podsOf, queueOf, scalingFinding } from "./describe-scaling.ts";
import { needOf, readTime, type Need } from "./need.ts";
import { replicasByDepth } from "./replicas-by-depth.ts";
import type { DecisionInput, Depth, ScaleDecision } from "./scaling-types.ts";

const scaleDownAfterMs = 60_000;

/** The operator's own arithmetic, for clusters in which no autoscaler can read the queue. */
export const decideDirect = (input: DecisionInput): ScaleDecision => {
  const { account, work, now } = input;
  const { depth } = work;
  if (!depth.ok) return decideBlind(input, depth);
  const need = needOf(account, { ...work, depth: depth.depth }, now);
  const ideal = idealReplicas(input, need);
  const { replicas, scaleDownSince, waitMs } = stabilize(input, ideal);
  const wakeMs = replicas === 0 ? need.wakesInMs : Infinity;
  return {
    replicas,
    write: replicas,
    idleSince: need.idleSince,
    scaleDownSince,
    finding: depthFinding(input, depth.depth, replicas),
    requeueAfterMs: soonest([need.hibernatesInMs || Infinity, waitMs, wakeMs]),
  };
};

/** What the demand asks for within the bounds; 0 only for an account that may hibernate. */
export const idealReplicas = ({ account, currentReplicas }: DecisionInput, need: Need): number => {
  const { minReplicas, maxReplicas, targetQueueDepth } = account.spec;
  if (need.demand === 0) return minReplicas;
  const byDepth = replicasByDepth(need.demand, targetQueueDepth, currentReplicas ?? 0);
  return Math.max(minReplicas, 1, Math.min(byDepth, maxReplicas));
};

/** When to look again, within a tenth of a second and an hour. */
export const soonest = (delaysMs: readonly number[]): number | undefined => {
  const next = Math.min(...delaysMs);
  return Number.isFinite(next) ? Math.min(Math.max(next, 100), 3_600_000) : undefined;
};

/** Pods go only after a lull; hibernation has its own, longer wait. */
const stabilize = (
  { account, currentReplicas, now }: DecisionInput,
  ideal: number,
): { replicas: number; scaleDownSince: Date | undefined; waitMs: number } => {
  const current = Math.min(currentReplicas ?? ideal, account.spec.maxReplicas);
  if (ideal >= current || ideal === 0) {
    return { replicas: ideal, scaleDownSince: undefined, waitMs: Infinity };
  }
  const since = readTime(account.status?.scaleDownSince) ?? now;
  const waitMs = since.getTime() + scaleDownAfterMs - now.getTime();
  return waitMs <= 0
    ? { replicas: ideal, scaleDownSince: undefined, waitMs: Infinity }
    : { replicas: current, scaleDownSince: since, waitMs };
};

/** Why it runs as many pods as it does. */
export const depthFinding = (
  { account, currentReplicas, replicasMean }: DecisionInput,
  depth: Depth,
  replicas: number,
): ScaleDecision["finding"] => {
  const queue = queueOf(depth);
  if (replicas === 0) {
    return scalingFinding("True", "Hibernated", `no pod while there is nothing to do: ${queue}`);
  }
  const why = `${podsOf(replicas, replicasMean)}: ${queue} (${boundsOf(account.spec)})`;
  return currentReplicas === 0
    ? scalingFinding("True", "Woken", why)
    : scalingFinding("True", "QueueDepth", why);
};
