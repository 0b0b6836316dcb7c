import type { Company, CompanyBody } from "@rarity/contracts/leads";
import { companyColumns, toCompany, type CompanyRow } from "./company-row.ts";
import { inTenant, onlyRow, orIfTaken, type Database } from "./database.ts";

export async function insertCompany(
  db: Database,
  orgId: string,
  { name, domain, firmographics = {} }: CompanyBody,
): Promise<Company | "domain-taken"> {
  try {
    return await inTenant(db, orgId, async (tx) => {
      const { rows } = await tx.query<CompanyRow>(
        `insert into leads.company (org_id, name, domain, firmographics) values ($1, $2, $3, $4)
         returning ${companyColumns}`,
        [orgId, name, domain, firmographics],
      );
      return toCompany(onlyRow(rows));
    });
  } catch (error) {
    return orIfTaken(error, "domain-taken");
  }
}
