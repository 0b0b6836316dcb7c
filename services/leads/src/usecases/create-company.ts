import type { Company, CompanyBody } from "@rarity/contracts/leads";
import type { LeadsDeps } from "./ports.ts";
import { domainTaken } from "./refusals.ts";

export async function createCompany(
  deps: Pick<LeadsDeps, "insertCompany">,
  orgId: string,
  body: CompanyBody,
): Promise<Company> {
  const company = await deps.insertCompany(orgId, body);
  if (company === "domain-taken") throw domainTaken();
  return company;
}
