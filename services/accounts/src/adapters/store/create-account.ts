import type { Tx } from "@rarity/platform/postgres";
import type { NewAccount } from "../../usecases/ports.ts";

/** False when another account of the organization has the name. */
export const createAccount = async (
  tx: Tx,
  orgId: string,
  account: NewAccount,
): Promise<boolean> => {
  const { rowCount } = await tx.query(
    `insert into channels.account (org_id, id, channel, name, display_name, phone, limits, pacing)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (org_id, channel, name) where deleted_at is null do nothing`,
    [
      orgId,
      account.id,
      account.channel,
      account.name,
      account.displayName,
      account.phone,
      JSON.stringify(account.limits),
      JSON.stringify(account.pacing),
    ],
  );
  return rowCount === 1;
};
