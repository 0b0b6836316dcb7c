import type { CreateLeadBody, Lead } from "@rarity/contracts/leads";
import type { LeadsDeps } from "./ports.ts";
import { identityTaken, noSuchCompany } from "./refusals.ts";

/** All or nothing: no lead is left behind when one of its addresses is refused. */
export async function createLead(
  deps: Pick<LeadsDeps, "insertLead">,
  orgId: string,
  body: CreateLeadBody,
): Promise<Lead> {
  const lead = await deps.insertLead(orgId, body);
  if (lead === "company-absent") throw noSuchCompany();
  if (lead === "identity-taken") throw identityTaken();
  return lead;
}
