export type ClusterErrorReason =
  "NotFound" | "AlreadyExists" | "Conflict" | "Invalid" | "BadRequest" | "MethodNotAllowed";

export const clusterErrorStatus: Record<ClusterErrorReason, number> = {
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Invalid: 422,
  BadRequest: 400,
  MethodNotAllowed: 405,
};

export interface FieldCause {
  field: string;
  message: string;
}

/** A refusal by the cluster, with the reasons Kubernetes uses. */
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
