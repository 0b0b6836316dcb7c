import { outlastOutage } from "@rarity/channel-kit";
import type { OutageOptions } from "@rarity/channel-kit";
import type { SessionRows } from "./session-rows.ts";

/**
 * Rows of a connection that is up: while the database is away, reading keys and committing them
 * waits, and so does what needs them. Without this every restart of Postgres would cost a
 * reconnection, since the library cannot go on without a key. All of it may be done twice.
 */
export function lastingRows(rows: SessionRows, options: OutageOptions): SessionRows {
  const insist = <T>(work: () => Promise<T>): Promise<T> => outlastOutage(work, options);
  return {
    ...rows,
    saveCreds: (creds) => insist(() => rows.saveCreds(creds)),
    read: (category, ids) => insist(() => rows.read(category, ids)),
    write: (upserts, deletes) => insist(() => rows.write(upserts, deletes)),
  };
}
