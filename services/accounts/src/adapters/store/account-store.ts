import {
  withSystem,
  withTenant,
  type Pool,
  type TenantSealer,
  type Tx,
} from "@rarity/platform/postgres";
import type { AccountStore } from "../../usecases/ports.ts";
import { accountColumns, toAccountRow, toPairingRow, toWindowRow } from "./account-rows.ts";
import { createAccount } from "./create-account.ts";
import { ensureAccount } from "./ensure-account.ts";
import { listAccounts } from "./list-accounts.ts";
import { listRuntimes } from "./list-runtimes.ts";
import { requestLogout } from "./request-logout.ts";
import { requestPairing } from "./request-pairing.ts";
import { updateAccount } from "./update-account.ts";

const uniqueViolation = "23505";

/** The accounts in `channels`, each call in a transaction of its organization. */
export const createAccountStore = (pool: Pool, sealer: TenantSealer): AccountStore => {
  const inTenant = async <T>(orgId: string, fn: (tx: Tx) => Promise<T>): Promise<T> =>
    withTenant(pool, { sealer, orgId }, fn);

  return {
    list: async (orgId, query) => inTenant(orgId, async (tx) => listAccounts(tx, query)),
    get: async (orgId, id) =>
      inTenant(orgId, async (tx) => one(tx, selectAccount, id, toAccountRow)),
    create: async (orgId, account, beforeCommit) =>
      inTenant(orgId, async (tx) => {
        if (!(await createAccount(tx, orgId, account))) return false;
        await beforeCommit();
        return true;
      }),
    update: async (orgId, id, change) =>
      inTenant(orgId, async (tx) => updateAccount(tx, id, change)),
    setPaused: async (orgId, id, paused) =>
      inTenant(orgId, async (tx) => {
        await tx.query("select channels.set_account_paused($1, $2)", [id, paused]);
      }),
    remove: async (orgId, id) =>
      inTenant(orgId, async (tx) => {
        await tx.query("update channels.account set deleted_at = now() where id = $1", [id]);
      }),
    requestLogout: async (orgId, id, reason) =>
      inTenant(orgId, async (tx) => requestLogout(tx, id, reason)),
    eraseSession: async (orgId, id, reason) =>
      inTenant(orgId, async (tx) => {
        await tx.query("select channels.erase_session($1, $2)", [id, reason]);
      }),
    pairing: async (orgId, id) =>
      inTenant(orgId, async (tx) => one(tx, selectPairing, id, toPairingRow)),
    requestPairing: async (orgId, id, request) =>
      inTenant(orgId, async (tx) => requestPairing(tx, { orgId, id }, request)),
    windows: async (orgId, id) =>
      inTenant(orgId, async (tx) => (await tx.query(selectWindows, [id])).rows.map(toWindowRow)),
    ensure: async (id, body) =>
      inTenant(body.orgId, async (tx) => ensureAccount(tx, id, body)).then(
        () => true,
        (error: unknown) => {
          if ((error as { code?: unknown } | null)?.code === uniqueViolation) return false;
          throw error;
        },
      ),
    runtimes: async () => withSystem(pool, listRuntimes),
  };
};

const one = async <T>(
  tx: Tx,
  sql: string,
  id: string,
  read: (row: unknown) => T,
): Promise<T | undefined> => {
  const { rows } = await tx.query(sql, [id]);
  return rows.length === 0 ? undefined : read(rows[0]);
};

const selectAccount = `select ${accountColumns} from channels.account
  where id = $1 and deleted_at is null`;

const selectPairing = `select state, method, qr, code, expires_at as "expiresAt", reason
  from channels.pairing where account_id = $1`;

const selectWindows = `select name, cap, used, resets_at as "resetsAt"
  from channels.limit_windows($1)`;
