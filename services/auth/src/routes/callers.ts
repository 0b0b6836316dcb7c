import type { AuthContext } from "@rarity/platform/auth";
import { AppError } from "@rarity/platform/errors";
import type { TenantCaller } from "../usecases/manage-api-keys.ts";

/** For what belongs to a person: an API key acts for an organization and is nobody's sign-in. */
export function personOf(auth: AuthContext): { userId: string; orgId: string | null } {
  if (auth.kind !== "user") throw new AppError("FORBIDDEN", "This needs a signed-in person");
  return { userId: auth.userId, orgId: auth.orgId };
}

export function tenantOf({ orgId, userId, role, scopes }: AuthContext): TenantCaller {
  if (orgId === null) throw new AppError("FORBIDDEN", "Choose an organization first");
  return { orgId, userId, role, scopes };
}

interface Addressed {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly reply: { readonly request: { readonly ip: string } };
}

/**
 * Where a request came from, for counting attempts. The edge throws away what callers claim and
 * writes the header anew, so its first entry is the outermost address that we vouch for.
 */
export function callerAddress({ headers, reply }: Addressed): string {
  const forwarded = String(headers["x-forwarded-for"] ?? "")
    .split(",")[0]
    ?.trim();
  return forwarded === undefined || forwarded === "" ? reply.request.ip : forwarded;
}
