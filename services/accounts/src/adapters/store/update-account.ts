import type { AccountLimits, AccountPacing } from "@rarity/contracts/accounts";
import type { Tx } from "@rarity/platform/postgres";

export interface AccountChange {
  displayName?: string;
  limits?: AccountLimits;
  pacing?: AccountPacing;
}

/** What is left out stays as it is. */
export const updateAccount = async (tx: Tx, id: string, change: AccountChange): Promise<void> => {
  const { displayName, limits, pacing } = change;
  await tx.query(
    `update channels.account
     set display_name = coalesce($2, display_name), limits = coalesce($3::jsonb, limits),
         pacing = coalesce($4::jsonb, pacing), updated_at = now(), version = version + 1
     where id = $1 and deleted_at is null`,
    [
      id,
      displayName ?? null,
      limits === undefined ? null : JSON.stringify(limits),
      pacing === undefined ? null : JSON.stringify(pacing),
    ],
  );
};
