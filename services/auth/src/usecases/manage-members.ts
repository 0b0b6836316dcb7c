import type { Member } from "@rarity/contracts/auth";
import type { Role } from "@rarity/contracts/scopes";
import { AppError } from "@rarity/platform/errors";
import { refuseMemberChange } from "../domain/member-rules.ts";
import type { TenantCaller } from "./manage-api-keys.ts";
import type { AuthDeps, MemberRow, UserRow } from "./ports.ts";

type MemberDeps = Pick<AuthDeps, "members" | "users">;

export async function listMembers(deps: MemberDeps, { orgId }: TenantCaller): Promise<Member[]> {
  const rows = await deps.members.list(orgId);
  const users = await deps.users.findMany(rows.map(({ userId }) => userId));
  const byId = new Map(users.map((user) => [user.id, user]));
  return rows.map((row) => toMember(row, byId.get(row.userId)));
}

export async function addMember(
  deps: MemberDeps,
  caller: TenantCaller,
  { email, role }: { readonly email: string; readonly role: Role },
): Promise<Member> {
  // Judged as a change of someone with no rights yet, so only the role given counts.
  refuseUnlessAllowed(caller, "viewer", role);
  const user = await deps.users.findByEmail(email);
  if (!user) throw new AppError("NOT_FOUND", "Nobody is registered with this e-mail address");
  const row = await deps.members.insert(caller.orgId, user.id, role);
  if (!row) throw new AppError("CONFLICT", "This person is a member already");
  return toMember(row, user);
}

/** Gives a member another role, or removes them with `next` null. */
export async function changeMember(
  deps: MemberDeps,
  caller: TenantCaller,
  { userId, next }: { readonly userId: string; readonly next: Role | null },
): Promise<Member> {
  const changed = await deps.members.change(caller.orgId, userId, next, (present) =>
    refuseUnlessAllowed(caller, present, next),
  );
  if (changed === "absent") throw new AppError("NOT_FOUND");
  if (changed === "last-owner") throw new AppError("CONFLICT", "An organization keeps an owner");
  return toMember(changed, await deps.users.findById(userId));
}

function refuseUnlessAllowed(caller: TenantCaller, target: Role, next: Role | null): void {
  const refusal = refuseMemberChange(caller.role, target, next);
  if (refusal !== undefined) throw new AppError("FORBIDDEN", refusal);
}

function toMember(row: MemberRow, user: UserRow | undefined): Member {
  return {
    userId: row.userId,
    email: user?.email ?? "",
    name: user?.name ?? "",
    role: row.role,
    createdAt: row.createdAt.toISOString(),
  };
}
