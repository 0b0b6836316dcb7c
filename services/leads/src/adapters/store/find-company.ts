import type { Company } from "@rarity/contracts/leads";
import { companyColumns, toCompany, type CompanyRow } from "./company-row.ts";
import { inTenant, type Database } from "./database.ts";

export function findCompany(db: Database, orgId: string, id: string): Promise<Company | undefined> {
  return inTenant(db, orgId, async (tx) => {
    const text = `select ${companyColumns} from leads.company where id = $1`;
    const [row] = (await tx.query<CompanyRow>(text, [id])).rows;
    return row && toCompany(row);
  });
}
