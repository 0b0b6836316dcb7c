import type { Lead, UpdateLeadBody } from "@rarity/contracts/leads";
import type { Tx } from "@rarity/platform/postgres";
import type { LeadChange, Stale } from "../../usecases/ports.ts";
import { assignmentsOf } from "./assignments.ts";
import { inTenant, onlyRow, orIfUnreferenced, type Database } from "./database.ts";
import { leadColumns, toLead, type LeadRow } from "./lead-row.ts";
import { readIdentities } from "./read-identities.ts";
import { requireOwner } from "./require-references.ts";

const columns: Record<keyof UpdateLeadBody, string> = {
  firstName: "first_name",
  lastName: "last_name",
  title: "title",
  country: "country",
  timeZone: "time_zone",
  companyId: "company_id",
  stage: "stage",
  lawfulBasis: "lawful_basis",
  source: "source",
  ownerId: "owner_id",
  optedOut: "opted_out",
};

export async function updateLead(
  db: Database,
  orgId: string,
  change: LeadChange,
): Promise<Lead | Stale | "absent" | "company-absent"> {
  try {
    return await inTenant(db, orgId, async (tx) => {
      const present = await lockLead(tx, change.id);
      if (!present) return "absent";
      if (change.version !== undefined && change.version !== present.version) {
        return { staleAgainst: present.version };
      }
      await requireOwner(tx, change.patch.ownerId);
      const row = await applyPatch(tx, present, change.patch);
      const identitiesOf = await readIdentities(tx, [row.id]);
      return toLead(row, identitiesOf(row.id));
    });
  } catch (error) {
    return orIfUnreferenced(error, "company-absent");
  }
}

async function lockLead(tx: Tx, id: string): Promise<LeadRow | undefined> {
  const { rows } = await tx.query<LeadRow>(
    `select ${leadColumns} from leads.lead where id = $1 and merged_into is null for update`,
    [id],
  );
  return rows[0];
}

async function applyPatch(tx: Tx, present: LeadRow, patch: UpdateLeadBody): Promise<LeadRow> {
  const { set, values } = assignmentsOf(patch, columns, 2);
  // A patch that names nothing changes nothing, so the version stays.
  if (set.length === 0) return present;
  if (patch.optedOut === true) set.push("opted_out_at = coalesce(opted_out_at, now())");
  if (patch.optedOut === false) set.push("opted_out_at = null");
  const { rows } = await tx.query<LeadRow>(
    `update leads.lead set ${set.join(", ")}, version = version + 1, updated_at = now()
     where id = $1 returning ${leadColumns}`,
    [present.id, ...values],
  );
  return onlyRow(rows);
}
