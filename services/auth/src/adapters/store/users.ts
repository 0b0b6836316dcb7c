import { withSystem, type Pool, type Tx } from "@rarity/platform/postgres";
import type { NewUser, UserRow, Users } from "../../usecases/ports.ts";

interface Row {
  id: string;
  email: string;
  name: string | null;
  password_hash: string;
  disabled: boolean;
}

const columns = "id, email, name, password_hash, disabled_at is not null as disabled";

export function createUsers(pool: Pool): Users {
  return {
    insert: (user) => withSystem(pool, (tx) => insertUser(tx, user)),

    async findByEmail(email) {
      const text = `select ${columns} from auth_local.app_user where email = $1`;
      return toUser((await pool.query<Row>(text, [email])).rows[0]);
    },

    async findById(id) {
      const text = `select ${columns} from auth_local.app_user where id = $1`;
      return toUser((await pool.query<Row>(text, [id])).rows[0]);
    },

    async findMany(ids) {
      const text = `select ${columns} from auth_local.app_user where id = any($1::uuid[])`;
      const { rows } = await pool.query<Row>(text, [ids]);
      return rows.flatMap((row) => toUser(row) ?? []);
    },

    async recordSignIn(id, newHash) {
      await pool.query(
        `update auth_local.app_user
         set last_sign_in_at = now(), password_hash = coalesce($2, password_hash)
         where id = $1`,
        [id, newHash ?? null],
      );
    },
  };
}

async function insertUser(tx: Tx, user: NewUser): Promise<UserRow | undefined> {
  const { rows } = await tx.query<Row>(
    `insert into auth_local.app_user (email, name, password_hash) values ($1, $2, $3)
     on conflict (email) do nothing
     returning ${columns}`,
    [user.email, user.name, user.passwordHash],
  );
  const inserted = toUser(rows[0]);
  if (inserted !== undefined && user.organizationName !== undefined) {
    await tx.query("select tenancy.create_organization($1, $2)", [
      inserted.id,
      user.organizationName,
    ]);
  }
  return inserted;
}

function toUser(row: Row | undefined): UserRow | undefined {
  return (
    row && {
      id: row.id,
      email: row.email,
      name: row.name ?? "",
      passwordHash: row.password_hash,
      disabled: row.disabled,
    }
  );
}
