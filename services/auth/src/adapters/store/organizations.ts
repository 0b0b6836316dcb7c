import type { Role } from "@rarity/contracts/scopes";
import type { Pool } from "@rarity/platform/postgres";
import type { Organizations } from "../../usecases/ports.ts";

interface Row {
  org_id: string;
  name: string;
  role: Role;
  created_at: Date;
}

/** Works across tenants through two definer functions that only this service may call. */
export function createOrganizations(pool: Pool): Organizations {
  return {
    async create(userId, name) {
      const { rows } = await pool.query<{ id: string }>(
        "select tenancy.create_organization($1, $2) as id",
        [userId, name],
      );
      const id = rows[0]?.id;
      if (id === undefined) throw new Error("an organization was not stored");
      return id;
    },

    async membershipsOf(userId) {
      const { rows } = await pool.query<Row>(
        "select org_id, name, role, created_at from tenancy.memberships_of($1)",
        [userId],
      );
      return rows.map((row) => ({
        orgId: row.org_id,
        orgName: row.name,
        role: row.role,
        createdAt: row.created_at,
      }));
    },
  };
}
