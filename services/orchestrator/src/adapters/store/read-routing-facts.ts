import type { Tx } from "@rarity/platform/postgres";
import type { StoredMedia } from "../../domain/message-content.ts";
import type { CandidateAccount, CandidateIdentity } from "../../domain/route-message.ts";
import type { RoutingFacts, RoutingQuery } from "../../usecases/ports.ts";
import { inTenant, type Database } from "./database.ts";

interface CachedAccounts {
  readonly readAtMs: number;
  readonly accounts: readonly CandidateAccount[];
}

type IdentityRow = Omit<CandidateIdentity, "scopeAccountId" | "kind"> & {
  kind: CandidateIdentity["kind"] | null;
  scope_account_id: string | null;
  opted_out: boolean;
};

export interface RoutingReaderOptions {
  readonly nowMs: () => number;
  readonly accountsTtlMs?: number;
  readonly orgsMax?: number;
}

export type RoutingReader = (orgId: string, query: RoutingQuery) => Promise<RoutingFacts>;

/**
 * Reads what routing needs. An organization's accounts are remembered for a moment, because a burst of
 * sends asks for the same few rows; the claim checks the account again, so a stale answer only costs a wait.
 */
export function createRoutingReader(db: Database, options: RoutingReaderOptions): RoutingReader {
  const memory = createAccountMemory((orgId) => inTenant(db, orgId, readAccounts), options);

  return async (orgId, query) => {
    const known = await memory(orgId, query);
    if (query.leadId === undefined && asksNothing(query)) {
      return { identities: [], accounts: known, media: undefined, missingMessageIds: [] };
    }
    return inTenant(db, orgId, async (tx) => ({
      accounts: known,
      identities: query.leadId === undefined ? [] : await readIdentities(tx, query.leadId),
      media: query.mediaId === undefined ? undefined : await readMedia(tx, query.mediaId),
      missingMessageIds: await findMissing(tx, query.messageIds),
    }));
  };
}

type Accounts = readonly CandidateAccount[];

/** The accounts of an organization; requests that come while they are read share that read. */
function createAccountMemory(
  read: (orgId: string) => Promise<Accounts>,
  { nowMs, accountsTtlMs = 1000, orgsMax = 5000 }: RoutingReaderOptions,
): (orgId: string, query: RoutingQuery) => Promise<Accounts> {
  const cache = new Map<string, CachedAccounts>();
  const reading = new Map<string, Promise<Accounts>>();

  const readAnew = async (orgId: string): Promise<Accounts> => {
    const accounts = await read(orgId);
    if (cache.size >= orgsMax) cache.clear();
    cache.set(orgId, { readAtMs: nowMs(), accounts });
    return accounts;
  };
  const readShared = (orgId: string): Promise<Accounts> => {
    const running = reading.get(orgId);
    if (running !== undefined) return running;
    const started = readAnew(orgId).finally(() => reading.delete(orgId));
    reading.set(orgId, started);
    return started;
  };
  return async (orgId, query) => {
    const cached = cache.get(orgId);
    const fresh = cached !== undefined && nowMs() - cached.readAtMs < accountsTtlMs;
    if (fresh && answers(cached.accounts, query)) return cached.accounts;
    // A read that began before this request may not know an account made just before it.
    const joins = reading.has(orgId);
    const shared = await readShared(orgId);
    return joins && !answers(shared, query) ? readAnew(orgId) : shared;
  };
}

function asksNothing({ mediaId, messageIds }: RoutingQuery): boolean {
  return mediaId === undefined && messageIds.length === 0;
}

async function findMissing(tx: Tx, messageIds: readonly string[]): Promise<string[]> {
  if (messageIds.length === 0) return [];
  const { rows } = await tx.query<{ id: string }>(
    "select id from messaging.message where id = any ($1::uuid[])",
    [messageIds],
  );
  const present = new Set(rows.map(({ id }) => id));
  return messageIds.filter((id) => !present.has(id.toLowerCase()));
}

/** Only a good answer is taken from memory: an account made a moment ago must be found. */
function answers(accounts: readonly CandidateAccount[], query: RoutingQuery): boolean {
  if (query.accountId !== undefined) return accounts.some(({ id }) => id === query.accountId);
  return query.channels.every((channel) => accounts.some((account) => account.channel === channel));
}

async function readAccounts(tx: Tx): Promise<CandidateAccount[]> {
  const { rows } = await tx.query<CandidateAccount>(
    "select id, channel, state, paused from channels.account where deleted_at is null order by id",
  );
  return rows;
}

async function readIdentities(
  tx: Tx,
  leadId: string,
): Promise<readonly CandidateIdentity[] | undefined> {
  const { rows } = await tx.query<IdentityRow>(
    "select channel, kind, value, scope_account_id, opted_out from leads.find_recipient($1)",
    [leadId],
  );
  if (rows.length === 0) return undefined;
  return rows.flatMap(({ channel, kind, value, scope_account_id, opted_out }) =>
    kind === null || opted_out ? [] : [{ channel, kind, value, scopeAccountId: scope_account_id }],
  );
}

export async function readMedia(tx: Tx, mediaId: string): Promise<StoredMedia | undefined> {
  const { rows } = await tx.query<{
    id: string;
    content_type: string;
    size_bytes: string;
    sha256: string;
    storage_key: string;
  }>(
    "select id, content_type, size_bytes, sha256, storage_key from messaging.media where id = $1",
    [mediaId],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    id: row.id,
    contentType: row.content_type,
    sizeBytes: Number(row.size_bytes),
    sha256: row.sha256,
    storageKey: row.storage_key,
  };
}
