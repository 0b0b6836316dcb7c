import type { Lead } from "@rarity/contracts/leads";
import { AppError } from "@rarity/platform/errors";
import type { LeadsDeps } from "./ports.ts";

export async function getLead(
  deps: Pick<LeadsDeps, "findLead">,
  orgId: string,
  id: string,
): Promise<Lead> {
  const lead = await deps.findLead(orgId, id);
  if (!lead) throw new AppError("NOT_FOUND");
  return lead;
}
