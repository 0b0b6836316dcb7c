export type ClusterErrorReason =
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "Invalid"
  | "BadRequest"
  | "MethodNotAllowed"
  | "Unauthorized"
  | "Forbidden"
  | "NotServed"
  | "NotLeader"
  | "Unavailable";

export const clusterErrorStatus: Record<ClusterErrorReason, number> = {
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Invalid: 422,
  BadRequest: 400,
  MethodNotAllowed: 405,
  Unauthorized: 401,
  Forbidden: 403,
  /** The cluster does not have the kind: its definition is not installed. */
  NotServed: 404,
  /** Refused on our side: another replica leads, or may lead by now. */
  NotLeader: 503,
  /** Away, overloaded or out of time; the same request may work later. */
  Unavailable: 503,
};

export interface FieldCause {
  field: string;
  message: string;
}

/** A refusal by the cluster, with the reasons Kubernetes uses. Messages carry no values. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly reason: ClusterErrorReason;
  readonly causes: readonly FieldCause[];

  constructor(reason: ClusterErrorReason, message: string, causes: readonly FieldCause[] = []) {
    super(message);
    this.reason = reason;
    this.causes = causes;
  }
}

export const isClusterError = (error: unknown, reason: ClusterErrorReason): boolean =>
  error instanceof ClusterError && error.reason === reason;
