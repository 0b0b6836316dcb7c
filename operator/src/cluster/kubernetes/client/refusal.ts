import { ClusterError, type ClusterErrorReason, type FieldCause } from "../../errors.ts";
import { withoutTexts, withoutValue } from "./without-value.ts";

interface Status {
  reason?: string;
  message?: string;
  details?: {
    name?: string;
    kind?: string;
    causes?: { reason?: string; message?: string; field?: string }[];
  };
}

/** What the server refused, as the port's error. Values that were sent are taken out of messages. */
export const refusalOf = (code: number, text: string, sent?: unknown): ClusterError => {
  const status = parseStatus(text);
  const causes = (status.details?.causes ?? []).map(({ field = "", message = "" }) => ({
    field,
    message: withoutTexts(withoutValue(message), sent),
  }));
  const message = withoutTexts(messageOf(code, status, causes), sent);
  return new ClusterError(reasonOf(code, status), message.slice(0, 1000), causes);
};

/** Whether a conflict is about who owns a field, and not about the version. */
export const isFieldConflict = (error: ClusterError): boolean =>
  error.causes.some((cause) => cause.message.startsWith("conflict with"));

const parseStatus = (text: string): Status => {
  try {
    const body = JSON.parse(text) as unknown;
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {};
  }
};

const reasons: Record<number, ClusterErrorReason> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Conflict",
  422: "Invalid",
};

const reasonOf = (code: number, status: Status): ClusterErrorReason => {
  if (status.reason === "AlreadyExists") return "AlreadyExists";
  // Without details it is not an object that is missing but its kind.
  if (code === 404 && status.details?.name === undefined) return "NotServed";
  // The API server's own error for an apply with a field that the schema does not have.
  if (status.message?.includes("field not declared in schema") === true) return "BadRequest";
  return reasons[code] ?? (code >= 500 || code === 429 ? "Unavailable" : "BadRequest");
};

const messageOf = (code: number, status: Status, causes: readonly FieldCause[]): string => {
  const { details, message } = status;
  if (code !== 422) return message ?? `the API server answered ${code}`;
  const summary = causes.map(({ field, message: why }) => `${field}: ${why}`).join("; ");
  const what = `${details?.kind ?? "object"} "${details?.name ?? ""}" is invalid`;
  return `${what}: ${summary === "" ? "no cause given" : summary}`;
};
