import type { Lead } from "@rarity/contracts/leads";
import type { Page } from "@rarity/contracts/pagination";
import { cutPage } from "../../domain/page.ts";
import type { LeadFilter } from "../../usecases/ports.ts";
import { addPage, containing, createConditions, type Conditions } from "./conditions.ts";
import { inTenant, type Database } from "./database.ts";
import { leadColumns, toLead, type LeadRow } from "./lead-row.ts";
import { readIdentities } from "./read-identities.ts";

export function listLeads(db: Database, orgId: string, filter: LeadFilter): Promise<Page<Lead>> {
  const conditions = conditionsOf(filter);
  const order = addPage(conditions, filter);
  return inTenant(db, orgId, async (tx) => {
    const { rows } = await tx.query<LeadRow>(
      `select ${leadColumns} from leads.lead l where ${conditions.where()} ${order}`,
      conditions.values,
    );
    const { data, page } = cutPage(rows, filter);
    const ids = data.map(({ id }) => id);
    const identitiesOf = await readIdentities(tx, ids);
    return { data: data.map((row) => toLead(row, identitiesOf(row.id))), page };
  });
}

function conditionsOf(filter: LeadFilter): Conditions {
  const conditions = createConditions("merged_into is null");
  conditions.add(filter.stage, (place) => `stage = ${place}`);
  conditions.add(filter.companyId, (place) => `company_id = ${place}`);
  conditions.add(filter.ownerId, (place) => `owner_id = ${place}`);
  conditions.add(filter.updatedSince, (place) => `updated_at >= ${place}::timestamptz`);
  conditions.add(
    containing(filter.q),
    (place) => `(concat_ws(' ', first_name, last_name) ilike ${place} or title ilike ${place})`,
  );
  conditions.add(
    filter.channel,
    (place) => `exists (select from leads.contact_identity i
      where i.org_id = l.org_id and i.lead_id = l.id and i.channel = ${place} and i.valid)`,
  );
  return conditions;
}
