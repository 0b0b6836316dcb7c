import type { Lead, UpdateLeadBody } from "@rarity/contracts/leads";
import { AppError } from "@rarity/platform/errors";
import { versionFromIfMatch } from "../domain/if-match.ts";
import type { LeadsDeps } from "./ports.ts";
import { noSuchCompany } from "./refusals.ts";

export interface UpdateLeadInput {
  readonly id: string;
  readonly patch: UpdateLeadBody;
  readonly ifMatch: string | string[] | undefined;
}

export async function updateLead(
  deps: Pick<LeadsDeps, "updateLead">,
  orgId: string,
  { id, patch, ifMatch }: UpdateLeadInput,
): Promise<Lead> {
  const version = versionFromIfMatch(ifMatch);
  if (version === null) {
    const issues = [{ path: "If-Match", message: 'expected a version such as "3"' }];
    throw new AppError("VALIDATION_FAILED", undefined, { details: { issues } });
  }
  const lead = await deps.updateLead(orgId, { id, patch, version });
  if (lead === "absent") throw new AppError("NOT_FOUND");
  if (lead === "company-absent") throw noSuchCompany();
  if ("staleAgainst" in lead) {
    const details = { version: lead.staleAgainst };
    throw new AppError("VERSION_MISMATCH", undefined, { details });
  }
  return lead;
}
