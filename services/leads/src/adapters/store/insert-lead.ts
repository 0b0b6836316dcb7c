import type { CreateLeadBody, Lead } from "@rarity/contracts/leads";
import { inTenant, onlyRow, orIfTaken, orIfUnreferenced, type Database } from "./database.ts";
import { toIdentity } from "./identity-row.ts";
import { insertIdentities } from "./insert-identities.ts";
import { requireOwner } from "./require-references.ts";
import { leadColumns, toLead, type LeadRow } from "./lead-row.ts";

const insert = `
  insert into leads.lead (org_id, first_name, last_name, title, country, time_zone, company_id,
    stage, lawful_basis, source, owner_id)
  values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, 'new'), coalesce($9, 'none'), $10, $11)
  returning ${leadColumns}`;

export async function insertLead(
  db: Database,
  orgId: string,
  lead: CreateLeadBody,
): Promise<Lead | "company-absent" | "identity-taken"> {
  try {
    return await inTenant(db, orgId, async (tx) => {
      await requireOwner(tx, lead.ownerId);
      const row = onlyRow((await tx.query<LeadRow>(insert, valuesOf(orgId, lead))).rows);
      const identities = await insertIdentities(tx, { orgId, leadId: row.id }, lead.identities);
      return toLead(row, identities.map(toIdentity));
    });
  } catch (error) {
    // Only the company can be missing: the addresses refer to the lead just written.
    if (lead.companyId === undefined) return orIfTaken(error, "identity-taken");
    return takenOrUnreferenced(error);
  }
}

function takenOrUnreferenced(error: unknown): "company-absent" | "identity-taken" {
  try {
    return orIfTaken(error, "identity-taken");
  } catch {
    return orIfUnreferenced(error, "company-absent");
  }
}

function valuesOf(orgId: string, lead: CreateLeadBody): unknown[] {
  return [
    orgId,
    lead.firstName,
    lead.lastName,
    lead.title,
    lead.country,
    lead.timeZone,
    lead.companyId,
    lead.stage,
    lead.lawfulBasis,
    lead.source,
    lead.ownerId,
  ];
}
