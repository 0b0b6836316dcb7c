import type { Role, Scope } from "@rarity/contracts/scopes";
import { withTenant, type Pool, type TenantSealer } from "@rarity/platform/postgres";
import type { ApiKeyCandidate, ApiKeyRow, ApiKeys } from "../../usecases/ports.ts";

interface Row {
  org_id: string;
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  role: Role;
  created_by: string | null;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

type CandidateRow = Omit<Row, "name" | "created_at"> & { hash: Buffer };

const columns = `org_id, id, name, prefix, scopes, role, created_by, created_at, expires_at,
  last_used_at, revoked_at`;

export function createApiKeys(pool: Pool, sealer: TenantSealer): ApiKeys {
  return {
    list: (orgId) =>
      withTenant(pool, { sealer, orgId }, async (tx) => {
        const text = `select ${columns} from tenancy.api_key order by id desc`;
        return (await tx.query<Row>(text)).rows.map(toKey);
      }),

    insert: ({ orgId, ...key }) =>
      withTenant(pool, { sealer, orgId }, async (tx) => {
        const { rows } = await tx.query<Row>(
          `insert into tenancy.api_key
             (org_id, name, prefix, hash, scopes, role, created_by, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           returning ${columns}`,
          [
            orgId,
            key.name,
            key.prefix,
            key.hash,
            key.scopes,
            key.role,
            key.createdBy,
            key.expiresAt,
          ],
        );
        const [row] = rows;
        if (!row) throw new Error("an API key was not stored");
        return toKey(row);
      }),

    revoke: (orgId, id) =>
      withTenant(pool, { sealer, orgId }, async (tx) => {
        const { rowCount } = await tx.query(
          "update tenancy.api_key set revoked_at = coalesce(revoked_at, now()) where id = $1",
          [id],
        );
        return rowCount === 1;
      }),

    async candidates(prefix) {
      const text = "select * from tenancy.find_api_key($1)";
      return (await pool.query<CandidateRow>(text, [prefix])).rows.map(toCandidate);
    },

    async touch(orgId, id) {
      await pool.query("select tenancy.touch_api_key($1, $2)", [orgId, id]);
    },
  };
}

function toKey(row: Row): ApiKeyRow {
  return { ...common(row), name: row.name, createdAt: row.created_at };
}

function toCandidate(row: CandidateRow): ApiKeyCandidate {
  return { ...common(row), hash: row.hash };
}

function common(row: Omit<Row, "name" | "created_at">): Omit<ApiKeyRow, "name" | "createdAt"> {
  return {
    id: row.id,
    orgId: row.org_id,
    prefix: row.prefix,
    scopes: row.scopes,
    role: row.role,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
