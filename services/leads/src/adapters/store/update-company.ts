import type { Company, CompanyPatch } from "@rarity/contracts/leads";
import { assignmentsOf } from "./assignments.ts";
import { companyColumns, toCompany, type CompanyRow } from "./company-row.ts";
import { inTenant, orIfTaken, type Database } from "./database.ts";

const columns: Record<keyof CompanyPatch, string> = {
  name: "name",
  domain: "domain",
  firmographics: "firmographics",
};

export interface CompanyRef {
  readonly orgId: string;
  readonly id: string;
}

export async function updateCompany(
  db: Database,
  { orgId, id }: CompanyRef,
  patch: CompanyPatch,
): Promise<Company | "absent" | "domain-taken"> {
  const { set, values } = assignmentsOf(patch, columns, 2);
  const changes = [
    ...set,
    ...(set.length > 0 ? ["version = version + 1", "updated_at = now()"] : []),
  ];
  // A patch that names nothing changes nothing, and still tells whether the company is there.
  const text =
    changes.length === 0
      ? `select ${companyColumns} from leads.company where id = $1`
      : `update leads.company set ${changes.join(", ")} where id = $1 returning ${companyColumns}`;
  try {
    return await inTenant(db, orgId, async (tx) => {
      const [row] = (await tx.query<CompanyRow>(text, [id, ...values])).rows;
      return row ? toCompany(row) : "absent";
    });
  } catch (error) {
    return orIfTaken(error, "domain-taken");
  }
}
