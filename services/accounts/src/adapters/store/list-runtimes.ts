import type { AccountRuntime } from "@rarity/contracts/internal";
import type { Tx } from "@rarity/platform/postgres";
import { toRuntimeRow } from "./account-rows.ts";

/** Every account of every organization, through the one function made for it. */
export const listRuntimes = async (tx: Tx): Promise<AccountRuntime[]> => {
  const { rows } = await tx.query("select * from channels.account_runtime()");
  return rows.map((raw) => {
    const row = toRuntimeRow(raw);
    return {
      id: row.id,
      orgId: row.org_id,
      state: row.state,
      reason: row.reason,
      detail: row.detail,
      paired: row.paired,
      phone: row.phone,
      holder: row.holder,
      leaseExpiresAt: row.lease_expires_at?.toISOString() ?? null,
      pairingRequestedAt: row.pairing_requested_at?.toISOString() ?? null,
      logoutRequestedAt: row.logout_requested_at?.toISOString() ?? null,
      lastActivityAt: row.last_activity_at?.toISOString() ?? null,
    };
  });
};
