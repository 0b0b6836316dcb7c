/** What the server answers: a JSON document and the status code. */
export interface Answer {
  code: number;
  body: unknown;
  /** application/json when left out. */
  contentType?: string;
}

const reasons = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  500: "InternalError",
  503: "ServiceUnavailable",
} as const;

export type FailureCode = keyof typeof reasons;

/** A refusal as Kubernetes says it (metav1.Status). */
export const failure = (code: FailureCode, message: string): Answer => ({
  code,
  body: {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason: reasons[code],
    code,
  },
});

export const ok = (body: unknown): Answer => ({ code: 200, body });
