import type { Company } from "@rarity/contracts/leads";
import { AppError } from "@rarity/platform/errors";
import type { LeadsDeps } from "./ports.ts";

export async function getCompany(
  deps: Pick<LeadsDeps, "findCompany">,
  orgId: string,
  id: string,
): Promise<Company> {
  const company = await deps.findCompany(orgId, id);
  if (!company) throw new AppError("NOT_FOUND");
  return company;
}
