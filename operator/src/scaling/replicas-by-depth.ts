/** As in the HorizontalPodAutoscaler: a deviation of a tenth changes nothing. */
const tolerance = 0.1;

/**
 * The HorizontalPodAutoscaler's arithmetic for an external metric with a target of AverageValue:
 * as many pods as bring each one's share of the demand to the target, before any bounds.
 */
export const replicasByDepth = (demand: number, target: number, current: number): number => {
  const ratio = current > 0 ? demand / (target * current) : Infinity;
  return Math.abs(ratio - 1) <= tolerance ? current : Math.ceil(demand / target);
};
