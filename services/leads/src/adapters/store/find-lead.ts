import type { Lead } from "@rarity/contracts/leads";
import { inTenant, type Database } from "./database.ts";
import { leadColumns, toLead, type LeadRow } from "./lead-row.ts";
import { readIdentities } from "./read-identities.ts";

export function findLead(db: Database, orgId: string, id: string): Promise<Lead | undefined> {
  return inTenant(db, orgId, async (tx) => {
    const { rows } = await tx.query<LeadRow>(
      `select ${leadColumns} from leads.lead where id = $1 and merged_into is null`,
      [id],
    );
    const [row] = rows;
    if (!row) return undefined;
    const identitiesOf = await readIdentities(tx, [row.id]);
    return toLead(row, identitiesOf(row.id));
  });
}
