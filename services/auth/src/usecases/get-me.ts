import type { User } from "@rarity/contracts/auth";
import { AppError } from "@rarity/platform/errors";
import type { AuthDeps } from "./ports.ts";

/** The person behind a token, with the role they have now rather than the one the token carries. */
export async function getMe(
  deps: Pick<AuthDeps, "users" | "organizations">,
  { userId, orgId }: { readonly userId: string; readonly orgId: string | null },
): Promise<User> {
  const user = await deps.users.findById(userId);
  if (!user || user.disabled) throw new AppError("UNAUTHENTICATED");
  const memberships = await deps.organizations.membershipsOf(userId);
  const present = memberships.find((membership) => membership.orgId === orgId);
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    orgId: present?.orgId ?? null,
    role: present?.role ?? null,
  };
}
