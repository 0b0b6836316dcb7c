import type { WrappedKey } from "../../domain/data-key.ts";

/** One sealed Signal value. `category` is the library's own name for the kind of key. */
export type SealedRow = { category: string; id: string; sealed: Buffer };
export type RowName = { category: string; id: string };

export type SealedCreds = { key: WrappedKey; sealed: Buffer };

/** Where sealed rows live. `write` is one transaction and resolves only when it is committed. */
export type SessionRows = {
  loadCreds(): Promise<SealedCreds | undefined>;
  saveCreds(creds: SealedCreds): Promise<void>;
  read(category: string, ids: readonly string[]): Promise<SealedRow[]>;
  /** Oldest first. */
  list(category: string, max: number): Promise<SealedRow[]>;
  write(upserts: readonly SealedRow[], deletes: readonly RowName[]): Promise<void>;
  /** Removes credentials and keys: nothing of the session is left. */
  clear(): Promise<void>;
  /** Housekeeping of what grows with traffic. */
  expire(category: string, olderThanDays: number): Promise<void>;
};
