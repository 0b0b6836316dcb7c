import type { ContactIdentity, NewIdentity } from "@rarity/contracts/leads";
import { AppError } from "@rarity/platform/errors";
import type { LeadsDeps } from "./ports.ts";
import { identityTaken } from "./refusals.ts";

export interface AddIdentityInput {
  readonly leadId: string;
  readonly identity: NewIdentity;
}

export async function addIdentity(
  deps: Pick<LeadsDeps, "insertIdentity">,
  orgId: string,
  { leadId, identity }: AddIdentityInput,
): Promise<ContactIdentity> {
  const stored = await deps.insertIdentity(orgId, leadId, identity);
  if (stored === "absent") throw new AppError("NOT_FOUND");
  if (stored === "identity-taken") throw identityTaken();
  return stored;
}
