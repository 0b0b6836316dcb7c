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
  const user = await deps.users.findByEmail(email);
  if (!user) throw new AppError("NOT_FOUND", "Nobody is registered with this e-mail address");
  const change = { orgId: caller.orgId, actorId: caller.userId, userId: user.id, role };
  const row = await deps.members.add(change, (actor) => refuseUnlessAllowed(actor, null, role));
  if (row === "present") throw new AppError("CONFLICT", "This person is a member already");
  return toMember(row, user);
}

/** Gives a member another role, or removes them with `next` null. */
export async function changeMember(
  deps: MemberDeps,
  { orgId, userId: actorId }: TenantCaller,
  { userId, next }: { readonly userId: string; readonly next: Role | null },
): Promise<Member> {
  const changed = await deps.members.change({ orgId, actorId, userId, next }, (actor, target) =>
    refuseUnlessAllowed(actor, target, next),
  );
  if (changed === "absent") throw new AppError("NOT_FOUND");
  if (changed === "last-owner") throw new AppError("CONFLICT", "An organization keeps an owner");
  return toMember(changed, await deps.users.findById(userId));
}

/** Somebody who is no member yet has no rights to protect, so only the role given counts. */
function refuseUnlessAllowed(actor: Role | null, target: Role | null, next: Role | null): void {
  const refusal = refuseMemberChange(actor, target ?? "viewer", next);
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
