import type { Company } from "@rarity/contracts/leads";
import type { Page } from "@rarity/contracts/pagination";
import { cutPage } from "../../domain/page.ts";
import type { CompanyFilter } from "../../usecases/ports.ts";
import { companyColumns, toCompany, type CompanyRow } from "./company-row.ts";
import { addPage, containing, createConditions } from "./conditions.ts";
import { inTenant, type Database } from "./database.ts";

export function listCompanies(
  db: Database,
  orgId: string,
  filter: CompanyFilter,
): Promise<Page<Company>> {
  const conditions = createConditions();
  conditions.add(filter.domain, (place) => `domain = ${place}`);
  conditions.add(containing(filter.q), (place) => `name ilike ${place}`);
  const order = addPage(conditions, filter);
  return inTenant(db, orgId, async (tx) => {
    const { rows } = await tx.query<CompanyRow>(
      `select ${companyColumns} from leads.company where ${conditions.where()} ${order}`,
      conditions.values,
    );
    const { data, page } = cutPage(rows, filter);
    return { data: data.map(toCompany), page };
  });
}
