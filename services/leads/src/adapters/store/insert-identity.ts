import type { ContactIdentity, NewIdentity } from "@rarity/contracts/leads";
import { inTenant, onlyRow, orIfTaken, type Database } from "./database.ts";
import { toIdentity } from "./identity-row.ts";
import { insertIdentities } from "./insert-identities.ts";

export async function insertIdentity(
  db: Database,
  ref: { readonly orgId: string; readonly leadId: string },
  identity: NewIdentity,
): Promise<ContactIdentity | "absent" | "identity-taken"> {
  try {
    return await inTenant(db, ref.orgId, async (tx) => {
      // An address counts as a change of its lead, so that a stale copy is noticed.
      const { rowCount } = await tx.query(
        `update leads.lead set version = version + 1, updated_at = now()
         where id = $1 and merged_into is null`,
        [ref.leadId],
      );
      if (rowCount === 0) return "absent";
      return toIdentity(onlyRow(await insertIdentities(tx, ref, [identity])));
    });
  } catch (error) {
    return orIfTaken(error, "identity-taken");
  }
}
