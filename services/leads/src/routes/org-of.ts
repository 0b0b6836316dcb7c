import type { AuthContext } from "@rarity/platform/auth";
import { AppError } from "@rarity/platform/errors";

/** The guard lets nobody without an organization reach a tenant route; this tells the types so. */
export function orgOf({ orgId }: AuthContext): string {
  if (orgId === null) throw new AppError("FORBIDDEN", "Choose an organization first");
  return orgId;
}
