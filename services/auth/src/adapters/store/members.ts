import type { Role } from "@rarity/contracts/scopes";
import { withTenant, type Pool, type TenantSealer, type Tx } from "@rarity/platform/postgres";
import type { MemberRow, Members } from "../../usecases/ports.ts";

interface Row {
  user_id: string;
  role: Role;
  created_at: Date;
}

const columns = "user_id, role, created_at";

export function createMembers(pool: Pool, sealer: TenantSealer): Members {
  return {
    list: (orgId) =>
      withTenant(pool, { sealer, orgId }, async (tx) => {
        const text = `select ${columns} from tenancy.membership order by created_at, user_id`;
        return (await tx.query<Row>(text)).rows.map(toMember);
      }),

    add: ({ orgId, actorId, userId, role }, check) =>
      withTenant(pool, { sealer, orgId }, async (tx) => {
        const members = await lockMembers(tx);
        check(roleOf(members, actorId), null);
        if (roleOf(members, userId) !== null) return "present";
        const { rows } = await tx.query<Row>(
          `insert into tenancy.membership (org_id, user_id, role) values ($1, $2, $3)
           on conflict (org_id, user_id) do nothing
           returning ${columns}`,
          [orgId, userId, role],
        );
        return rows[0] ? toMember(rows[0]) : "present";
      }),

    change: ({ orgId, actorId, userId, next }, check) =>
      withTenant(pool, { sealer, orgId }, async (tx) => {
        const members = await lockMembers(tx);
        const target = members.find((row) => row.user_id === userId);
        if (!target) return "absent";
        check(roleOf(members, actorId), target.role);
        const owners = members.filter((row) => row.role === "owner").length;
        if (target.role === "owner" && next !== "owner" && owners === 1) return "last-owner";
        await write(tx, userId, next);
        return toMember({ ...target, role: next ?? target.role });
      }),
  };
}

/** Locks every member: two owners who remove each other would otherwise leave none. */
async function lockMembers(tx: Tx): Promise<Row[]> {
  const text = `select ${columns} from tenancy.membership order by user_id for update`;
  return (await tx.query<Row>(text)).rows;
}

function roleOf(members: readonly Row[], userId: string): Role | null {
  return members.find((row) => row.user_id === userId)?.role ?? null;
}

async function write(tx: Tx, userId: string, next: Role | null): Promise<void> {
  if (next === null) {
    await tx.query("delete from tenancy.membership where user_id = $1", [userId]);
    return;
  }
  await tx.query("update tenancy.membership set role = $2, updated_at = now() where user_id = $1", [
    userId,
    next,
  ]);
}

function toMember(row: Row): MemberRow {
  return { userId: row.user_id, role: row.role, createdAt: row.created_at };
}
