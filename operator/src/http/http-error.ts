import { ClusterError, clusterErrorStatus } from "../cluster/errors.ts";

export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** The Kubernetes Status object for a failure. Undefined: not one the caller may be told about. */
export const toStatus = (error: unknown): { code: number; body: unknown } | undefined => {
  if (error instanceof HttpError) return status(error.code, error.reason, error.message);
  if (!(error instanceof ClusterError)) return undefined;
  const { reason, message, causes } = error;
  return status(clusterErrorStatus[reason], reason, message, causes);
};

const status = (
  code: number,
  reason: string,
  message: string,
  causes: readonly unknown[] = [],
): { code: number; body: unknown } => ({
  code,
  body: {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    message,
    reason,
    ...(causes.length === 0 ? {} : { details: { causes } }),
    code,
  },
});
