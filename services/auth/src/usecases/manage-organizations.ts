import type { Organization } from "@rarity/contracts/auth";
import type { AuthDeps, MembershipRow } from "./ports.ts";

type OrganizationDeps = Pick<AuthDeps, "organizations">;

export async function listOrganizations(
  deps: OrganizationDeps,
  userId: string,
): Promise<Organization[]> {
  return (await deps.organizations.membershipsOf(userId)).map(toOrganization);
}

export async function createOrganization(
  deps: OrganizationDeps,
  userId: string,
  name: string,
): Promise<Organization> {
  const id = await deps.organizations.create(userId, name);
  const memberships = await deps.organizations.membershipsOf(userId);
  const created = memberships.find(({ orgId }) => orgId === id);
  if (!created) throw new Error("a new organization has no owner");
  return toOrganization(created);
}

function toOrganization({ orgId, orgName, role, createdAt }: MembershipRow): Organization {
  return { id: orgId, name: orgName, role, createdAt: createdAt.toISOString() };
}
