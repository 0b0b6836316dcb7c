import type { Finding } from "../api/conditions.ts";
import type { Condition, KubeObject, ObjectMeta } from "../api/objects.ts";

/** The fields of every account kind that say how it is scaled. */
export interface ScalingSpec {
  replicas?: number | undefined;
  minReplicas: number;
  maxReplicas: number;
  targetQueueDepth: number;
  hibernateAfterSeconds?: number | undefined;
}

/** An account of any kind, as far as scaling looks at it. */
export interface ScaledAccount extends KubeObject {
  metadata: ObjectMeta;
  spec: ScalingSpec;
  status?: { idleSince?: string | undefined; scaleDownSince?: string | undefined };
}

export interface Depth {
  /** Messages due now. */
  ready: number;
  /** Messages queued for later. */
  waiting: number;
  nextDueAt: Date | undefined;
}

/** A reading of the queue. A source that does not answer is unknown, never zero. */
export type DepthReading =
  | { ok: true; depth: Depth }
  /** `since`: when it last stopped answering; undefined before the first answer. */
  | { ok: false; message: string; since?: Date | undefined };

/** What an account has to do, from the platform's services. */
export interface AccountWork {
  depth: DepthReading;
  isPairing: boolean;
  /** A logout waits for a process to carry it out. */
  isLeaving: boolean;
  lastActivityAt: Date | undefined;
}

/** How replicas follow the queue. */
export type ScalingMode = "Keda" | "External" | "Builtin" | "Direct";

/**
 * Session: one active holder for each credential set, further pods are standbys that take over by
 * lease. Workers: every pod sends.
 */
export type ReplicasMean = "session" | "workers";

/** A HorizontalPodAutoscaler or a ScaledObject, as far as it explains itself. */
export interface Autoscaler extends KubeObject {
  metadata: ObjectMeta;
  status?: {
    currentReplicas?: number;
    desiredReplicas?: number;
    conditions?: Pick<Condition, "type" | "status" | "reason" | "message">[];
  };
}

export interface ScaleDecision {
  /** Pods that are wanted now, as far as the operator knows. */
  replicas: number;
  /** Written to the Deployment by the operator; undefined leaves them to the autoscaler. */
  write: number | undefined;
  idleSince: Date | undefined;
  scaleDownSince: Date | undefined;
  finding: Finding;
  requeueAfterMs: number | undefined;
}

/** What one decision is made from. */
export interface DecisionInput {
  account: ScaledAccount;
  work: AccountWork;
  replicasMean: ReplicasMean;
  /** Replicas of the Deployment; undefined when there is none. */
  currentReplicas: number | undefined;
  /** The fewest pods while the queue depth cannot be read for long. */
  fallbackReplicas: number;
  now: Date;
}
