import type { Finding } from "../api/conditions.ts";
import type { Depth, ReplicasMean, ScalingSpec } from "./scaling-types.ts";

/** The wording of the Scaling condition. */
export const scalingFinding = (
  status: Finding["status"],
  reason: string,
  message: string,
): Finding => ({ type: "Scaling", status, reason, message });

/** A count as a range: status does not change with every message. */
export const countRange = (count: number): string => {
  if (count === 0) return "0";
  const digits = String(Math.trunc(count)).length;
  if (digits > 3) return "1000+";
  const low = 10 ** (digits - 1);
  return `${low}-${low * 10 - 1}`;
};

export const podsOf = (replicas: number, mean: ReplicasMean): string => {
  if (replicas <= 1) return replicas === 1 ? "1 pod" : "no pod";
  return mean === "workers"
    ? `${replicas} pods`
    : `${replicas} pods (1 holds the session, ${replicas - 1} ${replicas === 2 ? "stands" : "stand"} by)`;
};

export const queueOf = ({ ready, waiting }: Depth): string =>
  `${countRange(ready)} due now, ${countRange(waiting)} later`;

export const boundsOf = ({ minReplicas, maxReplicas, targetQueueDepth }: ScalingSpec): string =>
  `${minReplicas} to ${maxReplicas} allowed, one for every ${targetQueueDepth} due`;
