import { z } from "zod";
import type { SealedCreds, SealedRow, SessionRows } from "./session-rows.ts";

type Query = (text: string, values: readonly unknown[]) => Promise<{ rows: unknown[] }>;
/** One transaction with the tenant set; resolves after the commit was acknowledged. */
export type InTenant = <T>(work: (query: Query) => Promise<T>) => Promise<T>;

export type PostgresRowsDeps = {
  inTenant: InTenant;
  orgId: string;
  accountId: string;
  /** Of the lease under which this process runs; a newer one on a row refuses the write. */
  fencingToken: number;
};

class FencedOutError extends Error {
  constructor() {
    super("another process holds this account: session rows stay as they are");
    this.name = "FencedOutError";
  }
}

const credsRow = z.object({
  key_version: z.string(),
  wrapped_key: z.instanceof(Buffer),
  blob: z.instanceof(Buffer),
});
const keyRows = z.array(z.object({ key_id: z.string(), blob: z.instanceof(Buffer) }));

/** Sealed rows in `channels.session_creds` and `channels.session_key`. */
export function createSessionRows(deps: PostgresRowsDeps): SessionRows {
  const owner = [deps.orgId, deps.accountId];
  const fenced = <T>(work: (query: Query) => Promise<T>): Promise<T> =>
    deps.inTenant(async (query) => {
      await assertHolder(query, deps);
      return work(query);
    });

  return {
    loadCreds: () => deps.inTenant((query) => loadCreds(query, owner)),
    saveCreds: (creds) => fenced((query) => saveCreds(query, deps, creds)),
    read: (category, ids) =>
      deps.inTenant(async (query) => {
        const { rows } = await query(readKeys, [...owner, category, ids]);
        return asRows(category, rows);
      }),
    list: (category, max) =>
      deps.inTenant(async (query) => {
        const { rows } = await query(listKeys, [...owner, category, max]);
        return asRows(category, rows);
      }),
    write: (upserts, deletes) =>
      fenced(async (query) => {
        if (upserts.length > 0) {
          const columns = [
            upserts.map((row) => row.category),
            upserts.map((row) => row.id),
            upserts.map((row) => row.sealed),
          ];
          const { rows } = await query(upsertKeys, [...owner, ...columns, deps.fencingToken]);
          if (rows.length !== upserts.length) throw new FencedOutError();
        }
        if (deletes.length > 0) {
          const columns = [deletes.map((row) => row.category), deletes.map((row) => row.id)];
          await query(deleteKeys, [...owner, ...columns, deps.fencingToken]);
        }
      }),
    clear: () =>
      fenced(async (query) => {
        await query(clearKeys, owner);
        await query(clearCreds, owner);
      }),
    expire: (category, olderThanDays) =>
      fenced(async (query) => {
        await query(expireKeys, [...owner, category, olderThanDays]);
      }),
  };
}

function asRows(category: string, rows: unknown[]): SealedRow[] {
  return keyRows.parse(rows).map((row) => ({ category, id: row.key_id, sealed: row.blob }));
}

async function loadCreds(query: Query, owner: string[]): Promise<SealedCreds | undefined> {
  const { rows } = await query(selectCreds, owner);
  if (rows.length === 0) return undefined;
  const row = credsRow.parse(rows[0]);
  return { key: { version: row.key_version, wrapped: row.wrapped_key }, sealed: row.blob };
}

async function saveCreds(query: Query, deps: PostgresRowsDeps, creds: SealedCreds): Promise<void> {
  const { rows } = await query(upsertCreds, [
    deps.orgId,
    deps.accountId,
    creds.key.version,
    creds.key.wrapped,
    creds.sealed,
    deps.fencingToken,
  ]);
  if (rows.length !== 1) throw new FencedOutError();
}

/** A lease that ran out but was not taken by anybody does no harm; a newer token does. */
async function assertHolder(query: Query, deps: PostgresRowsDeps): Promise<void> {
  const { rows } = await query(newerLease, [deps.orgId, deps.accountId, deps.fencingToken]);
  if (rows.length > 0) throw new FencedOutError();
}

const newerLease = `select 1 from channels.account_lease
  where org_id = $1 and account_id = $2 and token > $3`;

const selectCreds = `select key_version, wrapped_key, blob from channels.session_creds
  where org_id = $1 and account_id = $2`;

const upsertCreds = `insert into channels.session_creds as c
    (org_id, account_id, key_version, wrapped_key, blob, fencing_token)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (org_id, account_id) do update
    set key_version = excluded.key_version, wrapped_key = excluded.wrapped_key,
        blob = excluded.blob, fencing_token = excluded.fencing_token,
        generation = c.generation + 1, updated_at = now()
    where c.fencing_token <= excluded.fencing_token
  returning 1`;

const readKeys = `select key_id, blob from channels.session_key
  where org_id = $1 and account_id = $2 and type = $3 and key_id = any($4::text[])`;

const listKeys = `select key_id, blob from channels.session_key
  where org_id = $1 and account_id = $2 and type = $3 order by updated_at, key_id limit $4`;

const upsertKeys = `insert into channels.session_key as k
    (org_id, account_id, type, key_id, blob, fencing_token)
  select $1, $2, v.type, v.key_id, v.blob, $6
    from unnest($3::text[], $4::text[], $5::bytea[]) as v(type, key_id, blob)
  on conflict (org_id, account_id, type, key_id) do update
    set blob = excluded.blob, fencing_token = excluded.fencing_token, updated_at = now()
    where k.fencing_token <= excluded.fencing_token
  returning 1`;

const deleteKeys = `delete from channels.session_key k
  using unnest($3::text[], $4::text[]) as v(type, key_id)
  where k.org_id = $1 and k.account_id = $2 and k.type = v.type and k.key_id = v.key_id
    and k.fencing_token <= $5`;

const clearKeys = `delete from channels.session_key where org_id = $1 and account_id = $2`;
const clearCreds = `delete from channels.session_creds where org_id = $1 and account_id = $2`;

const expireKeys = `delete from channels.session_key
  where org_id = $1 and account_id = $2 and type = $3
    and updated_at < now() - make_interval(days => $4)`;
