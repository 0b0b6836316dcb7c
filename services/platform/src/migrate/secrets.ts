import pg from "pg";

/** Sets what the services log in with. Roles belong to the server, so this repeats at each start. */
export const setRolePasswords = async (
  client: pg.Client,
  passwords: Record<string, string>,
): Promise<void> => {
  for (const [role, password] of Object.entries(passwords)) {
    const name = pg.escapeIdentifier(role);
    await client.query(`alter role ${name} password ${pg.escapeLiteral(password)}`);
    const database = await client.query<{ name: string }>("select current_database() as name");
    const current = pg.escapeIdentifier(database.rows[0]?.name ?? "");
    await client.query(`grant connect on database ${current} to ${name}`);
  }
};

const blockBytes = 64;

const padded = (key: Buffer, byte: number): Buffer => {
  const block = Buffer.alloc(blockBytes, byte);
  for (const [index, value] of key.entries()) block[index] = value ^ byte;
  return block;
};

/** Stores the two padded keys of the HMAC, so that the database can check a seal with two hashes. */
export const storeSealKey = async (client: pg.Client, hexKey: string): Promise<void> => {
  const key = Buffer.from(hexKey, "hex");
  if (key.length !== 32) throw new Error("the tenant seal key must be 32 bytes in hex");
  await client.query(
    `insert into app.seal_key (version, inner_pad, outer_pad) values (1, $1, $2)
     on conflict (version) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad`,
    [padded(key, 0x36), padded(key, 0x5c)],
  );
};

/** Whether the database was set up with another key than this one; false for a new database. */
export const holdsOtherSealKey = async (client: pg.Client, hexKey: string): Promise<boolean> => {
  const known = await client.query<{ known: boolean }>(
    "select to_regclass('app.seal_key') is not null as known",
  );
  if (known.rows[0]?.known !== true) return false;
  const stored = await client.query<{ inner_pad: Buffer }>(
    "select inner_pad from app.seal_key where version = 1",
  );
  const inner = stored.rows[0]?.inner_pad;
  return inner !== undefined && !inner.equals(padded(Buffer.from(hexKey, "hex"), 0x36));
};
