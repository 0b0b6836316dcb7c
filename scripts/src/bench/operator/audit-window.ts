import { open, stat } from "node:fs/promises";
import type { AuditEvent } from "../../cluster/control-plane/audit.ts";

export type Traffic = {
  /** Of objects; renewals of the lease are no change of anything. */
  writes: AuditEvent[];
  requests: AuditEvent[];
};

const writing = new Set(["create", "update", "patch", "delete", "deletecollection"]);

/** What one user asked of the API server between now and the call of the answer. */
export const openAuditWindow = async (
  path: string,
  username: string,
): Promise<() => Promise<Traffic>> => {
  const { size: from, ino } = await stat(path);
  return async () => {
    const now = await stat(path);
    // A log that was turned over meanwhile begins anew.
    const text = await readFrom(path, now.ino === ino ? from : 0);
    const requests = text
      .split("\n")
      // The server may still be writing the last one.
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ user }) => user.username === username);
    const writes = requests.filter(
      ({ verb, objectRef }) => writing.has(verb) && objectRef?.resource !== "leases",
    );
    return { requests, writes };
  };
};

const readFrom = async (path: string, position: number): Promise<string> => {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(size - position);
    await file.read(buffer, 0, buffer.length, position);
    return buffer.toString("utf8");
  } finally {
    await file.close();
  }
};
