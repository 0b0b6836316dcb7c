import { open, seal } from "../../domain/seal.ts";
import { createCommitQueue } from "./commit-queue.ts";
import { createLru } from "./lru.ts";
import type { RowName, SealedRow, SessionRows } from "./session-rows.ts";
import { decodeValue, encodeValue } from "./value-codec.ts";

/** `null` removes a value. */
export type KeyChanges = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export type SealedKeyStore = {
  get(category: string, ids: readonly string[]): Promise<Record<string, unknown>>;
  /** Resolves when the rows are committed; only then does `get` answer the new values. */
  set(changes: KeyChanges): Promise<void>;
  /** Everything stored under a category, oldest first: for start-up, not for traffic. */
  list(category: string, max: number): Promise<{ id: string; value: unknown }[]>;
  expire(category: string, olderThanDays: number): Promise<void>;
  forget(): void;
  idle(): Promise<void>;
};

export type SealedKeyStoreDeps = {
  rows: SessionRows;
  dataKey: Buffer;
  orgId: string;
  accountId: string;
  cacheEntriesMax: number;
};

/**
 * Values are kept encoded, so that a caller that changes what it was given changes nothing here.
 * `null` is absence, cached too: most reads ask for a session that does not exist yet.
 */
type Encoded = Buffer | null;
type Change = RowName & { value: Encoded };

const changesPerCommitMax = 200;

/**
 * Signal keys in Postgres. The ratchet must never be ahead of the disk, and nobody may see a value
 * that could still be lost: the cache changes after the commit, never before. Concurrent `set`s
 * share a commit, so two-way traffic with many contacts costs few round trips.
 */
// eslint-disable-next-line max-lines-per-function -- reads and commits share the cache and its stale marks
export function createSealedKeyStore(deps: SealedKeyStoreDeps): SealedKeyStore {
  const cache = createLru<{ value: Encoded }>(deps.cacheEntriesMax);
  /** Reads on their way to the database; a commit of the same row makes their answer stale. */
  const reading = new Map<string, { stale: boolean }[]>();

  const context = (name: RowName) => ({
    orgId: deps.orgId,
    accountId: deps.accountId,
    purpose: name.category,
    row: name.id,
  });

  const commit = createCommitQueue<readonly Change[]>(async (groups) => {
    const latest = new Map<string, Change>();
    for (const change of groups.flat()) latest.set(cacheKey(change), change);
    const upserts: SealedRow[] = [];
    const deletes: RowName[] = [];
    for (const { category, id, value } of latest.values()) {
      const name = { category, id };
      if (value === null) deletes.push(name);
      else upserts.push({ ...name, sealed: seal(deps.dataKey, context(name), value) });
    }
    await deps.rows.write(upserts, deletes);
    for (const [key, change] of latest) {
      for (const read of reading.get(key) ?? []) read.stale = true;
      cache.set(key, { value: change.value });
    }
  }, changesPerCommitMax);

  const fetchMissing = async (category: string, ids: readonly string[]): Promise<void> => {
    const reads = ids.map((id) => startRead(reading, cacheKey({ category, id })));
    try {
      const rows = await deps.rows.read(category, ids);
      const found = new Map(rows.map((row) => [row.id, row.sealed]));
      for (const [index, id] of ids.entries()) {
        if (reads[index]?.stale === true) continue;
        const sealed = found.get(id);
        const name = { category, id };
        const value = sealed === undefined ? null : open(deps.dataKey, context(name), sealed);
        cache.set(cacheKey({ category, id }), { value });
      }
    } finally {
      for (const [index, id] of ids.entries()) {
        endRead(reading, cacheKey({ category, id }), reads[index]);
      }
    }
  };

  return {
    async get(category, ids) {
      const answer: Record<string, unknown> = {};
      let left = [...new Set(ids)];
      // More than one turn only when a commit or an eviction got between the read and the answer.
      for (let turn = 0; left.length > 0 && turn < 10; turn += 1) {
        const missing = left.filter((id) => !cache.has(cacheKey({ category, id })));
        if (missing.length > 0) await fetchMissing(category, missing);
        left = left.filter((id) => {
          const cached = cache.get(cacheKey({ category, id }));
          if (cached === undefined) return true;
          if (cached.value !== null) answer[id] = decodeValue(cached.value);
          return false;
        });
      }
      if (left.length > 0) throw new Error("the key cache is too small for this read");
      return answer;
    },
    set(changes) {
      const list = Object.entries(changes).flatMap(([category, values]) =>
        Object.entries(values).map(([id, value]) => ({ category, id, value: encoded(value) })),
      );
      return list.length === 0 ? Promise.resolve() : commit.push(list);
    },
    async list(category, max) {
      const rows = await deps.rows.list(category, max);
      return rows.map(({ id, sealed }) => {
        const value = decodeValue(open(deps.dataKey, context({ category, id }), sealed));
        return { id, value };
      });
    },
    expire: (category, olderThanDays) => deps.rows.expire(category, olderThanDays),
    forget: () => cache.clear(),
    idle: () => commit.idle(),
  };
}

function cacheKey(name: RowName): string {
  return `${name.category}\n${name.id}`;
}

function encoded(value: unknown): Encoded {
  return value === null || value === undefined ? null : encodeValue(value);
}

type Reading = Map<string, { stale: boolean }[]>;

function startRead(reading: Reading, key: string): { stale: boolean } {
  const read = { stale: false };
  reading.set(key, [...(reading.get(key) ?? []), read]);
  return read;
}

function endRead(reading: Reading, key: string, read: { stale: boolean } | undefined): void {
  const rest = (reading.get(key) ?? []).filter((entry) => entry !== read);
  if (rest.length === 0) reading.delete(key);
  else reading.set(key, rest);
}
