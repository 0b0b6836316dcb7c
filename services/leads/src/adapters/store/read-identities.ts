import type { ContactIdentity } from "@rarity/contracts/leads";
import type { Tx } from "@rarity/platform/postgres";
import { identityColumns, toIdentity, type IdentityRow } from "./identity-row.ts";

/** The addresses of several leads in one query, oldest first. */
export async function readIdentities(
  tx: Tx,
  leadIds: readonly string[],
): Promise<(leadId: string) => ContactIdentity[]> {
  if (leadIds.length === 0) return () => [];
  const { rows } = await tx.query<IdentityRow>(
    `select ${identityColumns} from leads.contact_identity
     where lead_id = any($1::uuid[]) order by id`,
    [leadIds],
  );
  const byLead = Map.groupBy(rows.map(toIdentity), ({ leadId }) => leadId);
  return (leadId) => byLead.get(leadId) ?? [];
}
