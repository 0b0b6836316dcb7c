import type { ScalingMode } from "./scaling-types.ts";

/** Who answers for external.metrics.k8s.io in this cluster. */
export type ExternalMetricsOwner =
  | { owner: "nobody" }
  | { owner: "rarity" }
  /** `service`: namespace/name; `servesDemand`: whether it answers for our metric. */
  | { owner: "another"; service: string; servesDemand: boolean };

export interface ScalingFacts {
  /** Whether the API server knows ScaledObjects. */
  keda: boolean;
  externalMetrics: ExternalMetricsOwner;
  /** Whether the installation lets the operator serve the metrics API. */
  builtinPermitted: boolean;
}

export interface ModeChoice {
  mode: ScalingMode;
  reason: string;
  /** Why this mode; where the asked one cannot be had, what to do about it. */
  message: string;
  /** Whether the Platform gets what it asks for. */
  isAsAsked: boolean;
}

/**
 * The scaling mode in force. Whatever is missing, accounts are still scaled: the operator writes
 * replicas itself where no autoscaler can do it.
 */
export const chooseMode = (
  asked: ScalingMode | "Auto" | undefined,
  facts: ScalingFacts,
): ModeChoice => {
  if (asked === undefined || asked === "Auto") return chooseFreely(facts);
  const obstacle = obstacleTo(asked, facts);
  return obstacle === undefined
    ? { mode: asked, reason: "AsAsked", message: `spec.scaling.mode is ${asked}`, isAsAsked: true }
    : {
        mode: "Direct",
        reason: obstacle.reason,
        message: `${obstacle.message}; until then the operator writes replicas itself`,
        isAsAsked: false,
      };
};

const chooseFreely = (facts: ScalingFacts): ModeChoice => {
  const first = (["Keda", "External", "Builtin"] as const).find(
    (mode) => obstacleTo(mode, facts) === undefined,
  );
  const mode = first ?? "Direct";
  return { mode, reason: "Found", message: foundMessages[mode], isAsAsked: true };
};

const foundMessages: Record<ScalingMode, string> = {
  Keda: "KEDA is installed: it scales accounts through ScaledObjects",
  External: "the cluster's metrics server answers for the queue depth of accounts",
  Builtin: "the operator serves external.metrics.k8s.io itself",
  Direct: "no autoscaler can read the queue depth: the operator writes replicas itself",
};

interface Obstacle {
  reason: string;
  message: string;
}

const obstacleTo = (mode: ScalingMode, facts: ScalingFacts): Obstacle | undefined => {
  switch (mode) {
    case "Keda":
      return facts.keda ? undefined : { reason: "NoKeda", message: noKeda };
    case "External":
      return obstacleToExternal(facts.externalMetrics);
    case "Builtin":
      return obstacleToBuiltin(facts);
    case "Direct":
      return undefined;
  }
};

const noKeda =
  "the cluster has no ScaledObject, or the operator knows no way for KEDA to read the queue: install KEDA and set externalMetrics.kedaAuthentication of the chart";

const obstacleToExternal = (metrics: ExternalMetricsOwner): Obstacle | undefined => {
  if (metrics.owner !== "another") {
    const message = "nobody else serves external.metrics.k8s.io: install a metrics server";
    return { reason: "NoMetricsServer", message };
  }
  if (metrics.servesDemand) return undefined;
  const message = `${metrics.service} does not answer for rarity_account_demand: give it that metric`;
  return { reason: "MetricNotServed", message };
};

const obstacleToBuiltin = (facts: ScalingFacts): Obstacle | undefined => {
  if (facts.externalMetrics.owner === "another") {
    const message = `external.metrics.k8s.io belongs to ${facts.externalMetrics.service}: remove its APIService, or use mode External or Keda`;
    return { reason: "ForeignMetricsServer", message };
  }
  if (facts.builtinPermitted) return undefined;
  const message = "this operator was installed without its metrics server: turn it on";
  return { reason: "MetricsServerOff", message };
};
