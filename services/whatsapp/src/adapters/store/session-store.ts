import { newDataKey, unwrapDataKey, wrapDataKey } from "../../domain/data-key.ts";
import type { MasterKeys, WrappedKey } from "../../domain/data-key.ts";
import { open, seal } from "../../domain/seal.ts";
import { createSealedKeyStore } from "./sealed-key-store.ts";
import type { SealedKeyStore } from "./sealed-key-store.ts";
import type { SessionRows } from "./session-rows.ts";
import { decodeValue, encodeValue } from "./value-codec.ts";

/** Everything a linked device is: its credentials and its Signal keys, sealed under one data key. */
export type SessionStore = {
  /** Undefined when this account was never paired, or was logged out. */
  readonly creds: unknown;
  readonly keys: SealedKeyStore;
  saveCreds(creds: unknown): Promise<void>;
  /** Deletes the whole session; the next `openSessionStore` starts with a new data key. */
  destroy(): Promise<void>;
};

export type SessionStoreDeps = {
  rows: SessionRows;
  masters: MasterKeys;
  orgId: string;
  accountId: string;
  cacheEntriesMax: number;
};

export async function openSessionStore(deps: SessionStoreDeps): Promise<SessionStore> {
  const owner = { orgId: deps.orgId, accountId: deps.accountId };
  const context = { ...owner, purpose: "creds", row: "creds" };
  const stored = await deps.rows.loadCreds();
  const { key, wrapped } = await dataKeyFor(deps, stored?.key);
  const creds = stored === undefined ? undefined : decodeValue(open(key, context, stored.sealed));
  const save = (value: unknown) =>
    deps.rows.saveCreds({ key: wrapped, sealed: seal(key, context, encodeValue(value)) });

  // A new master key takes over at the next start; the data key and all rows stay as they are.
  if (stored !== undefined && stored.key.version !== wrapped.version) await save(creds);

  const keys = createSealedKeyStore({ ...deps, dataKey: key });
  return {
    creds,
    keys,
    saveCreds: save,
    async destroy() {
      await keys.idle();
      await deps.rows.clear();
      keys.forget();
    },
  };
}

async function dataKeyFor(
  deps: SessionStoreDeps,
  stored: WrappedKey | undefined,
): Promise<{ key: Buffer; wrapped: WrappedKey }> {
  const owner = { orgId: deps.orgId, accountId: deps.accountId };
  if (stored === undefined) {
    // Keys without credentials cannot be opened any more: leave nothing behind.
    await deps.rows.clear();
    const made = newDataKey(deps.masters, owner);
    return { key: made.key, wrapped: made.stored };
  }
  const key = unwrapDataKey(deps.masters, owner, stored);
  const outdated = stored.version !== deps.masters.current;
  return { key, wrapped: outdated ? wrapDataKey(deps.masters, owner, key) : stored };
}
