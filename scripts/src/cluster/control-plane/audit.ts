import { readFile } from "node:fs/promises";

/** Who asked for what and whether it was allowed; no bodies. One event for each finished request, of these users or of all. */
export const auditPolicyOf = (users?: readonly string[]): string =>
  JSON.stringify({
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived", "ResponseStarted"],
    rules: [{ level: "Metadata", users }],
  });

/** The parts of an audit event that tests look at. */
export type AuditEvent = {
  auditID: string;
  verb: string;
  requestURI: string;
  user: { username: string; groups?: string[] };
  objectRef?: {
    resource?: string;
    subresource?: string;
    namespace?: string;
    name?: string;
    apiGroup?: string;
  };
  responseStatus?: { code?: number; reason?: string };
  annotations?: Record<string, string>;
  requestReceivedTimestamp: string;
};

/** Every event written so far. The server may still be writing the last line: that one is left out. */
export const readAuditLog = async (path: string): Promise<AuditEvent[]> => {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as AuditEvent);
};
