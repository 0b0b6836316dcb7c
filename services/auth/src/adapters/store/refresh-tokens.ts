import type { Pool } from "@rarity/platform/postgres";
import type { RefreshTokenRow, RefreshTokens } from "../../usecases/ports.ts";

interface Row {
  id: string;
  user_id: string;
  org_id_hint: string | null;
  family: string;
  state: RefreshTokenRow["state"];
}

export function createRefreshTokens(pool: Pool): RefreshTokens {
  return {
    // A sign-in also clears away what the person's older sessions left behind.
    async begin(userId, { hash, orgId, expiresAt }) {
      const { rows } = await pool.query<{ family: string }>(
        `with gone as (
           delete from auth_local.refresh_token where user_id = $1 and expires_at < now()
         )
         insert into auth_local.refresh_token (user_id, hash, org_id_hint, expires_at, family)
         values ($1, $2, $3, $4, app.uuidv7())
         returning family`,
        [userId, hash, orgId, expiresAt],
      );
      const family = rows[0]?.family;
      if (family === undefined) throw new Error("a refresh token was not stored");
      return family;
    },

    async find(hash) {
      const { rows } = await pool.query<Row>(
        `select id, user_id, org_id_hint, family,
           case when revoked_at is not null or expires_at <= now() then 'ended'
                when used_at is not null then 'spent' else 'fresh' end as state
         from auth_local.refresh_token where hash = $1`,
        [hash],
      );
      const row = rows[0];
      return (
        row && {
          id: row.id,
          userId: row.user_id,
          orgId: row.org_id_hint,
          family: row.family,
          state: row.state,
        }
      );
    },

    // One statement: of two callers with the same token, one finds it spent.
    async rotate(id, { hash, orgId, expiresAt }) {
      const { rowCount } = await pool.query(
        `with spent as (
           update auth_local.refresh_token set used_at = now()
           where id = $1 and used_at is null and revoked_at is null and expires_at > now()
           returning user_id, family
         )
         insert into auth_local.refresh_token (user_id, family, hash, org_id_hint, expires_at)
         select user_id, family, $2, $3, $4 from spent`,
        [id, hash, orgId, expiresAt],
      );
      return rowCount === 1;
    },

    async revokeFamily(family) {
      await pool.query(
        `update auth_local.refresh_token set revoked_at = now()
         where family = $1 and revoked_at is null`,
        [family],
      );
    },
  };
}
