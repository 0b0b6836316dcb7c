import type { Company } from "@rarity/contracts/leads";
import type { Page } from "@rarity/contracts/pagination";
import type { CompanyFilter, LeadsDeps } from "./ports.ts";
import { startPage } from "./start-page.ts";

export function listCompanies(
  deps: Pick<LeadsDeps, "listCompanies">,
  orgId: string,
  query: CompanyFilter,
): Promise<Page<Company>> {
  // Domains are stored in lower case.
  const domain = query.domain?.trim().toLowerCase();
  return deps.listCompanies(orgId, { ...query, ...startPage(query), domain });
}
