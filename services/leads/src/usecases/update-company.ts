import type { Company, CompanyPatch } from "@rarity/contracts/leads";
import { AppError } from "@rarity/platform/errors";
import type { LeadsDeps } from "./ports.ts";
import { domainTaken } from "./refusals.ts";

export interface UpdateCompanyInput {
  readonly id: string;
  readonly patch: CompanyPatch;
}

export async function updateCompany(
  deps: Pick<LeadsDeps, "updateCompany">,
  orgId: string,
  { id, patch }: UpdateCompanyInput,
): Promise<Company> {
  const company = await deps.updateCompany(orgId, id, patch);
  if (company === "absent") throw new AppError("NOT_FOUND");
  if (company === "domain-taken") throw domainTaken();
  return company;
}
