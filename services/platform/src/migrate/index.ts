import { createHash } from "node:crypto";
import { join } from "node:path";
import pg from "pg";
import { hardenDatabase } from "./harden-database.ts";
import { readMigrations, type Migration } from "./read-migrations.ts";
import { setRolePasswords, storeSealKey } from "./secrets.ts";

export { hardenDatabase } from "./harden-database.ts";
export { holdsOtherSealKey } from "./secrets.ts";

export type MigrateOptions = {
  /** A superuser, or an owner that may create roles. */
  adminUrl: string;
  /** The project's folder: migrations lie in services/<name>/migrations. */
  root: string;
  rolePasswords: Record<string, string>;
  /** Hex key of the tenant seal, 32 bytes. */
  sealKey: string;
  onApplied?: (migration: Migration) => void;
};

/** Services in the order in which their tables build on each other. */
export const migrationOrder = ["platform", "auth", "leads", "accounts", "orchestrator"] as const;

const lockKey = 7_262_715_001;

/** Applies every migration that is missing, one transaction each, under one lock. Answers how many. */
export const migrate = async (options: MigrateOptions): Promise<number> => {
  const client = new pg.Client({ connectionString: options.adminUrl });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lockKey]);
    let applied = 0;
    for (const migration of await readAllMigrations(options.root)) {
      if (!(await applyOne(client, migration))) continue;
      applied += 1;
      options.onApplied?.(migration);
    }
    await setRolePasswords(client, options.rolePasswords);
    await storeSealKey(client, options.sealKey);
    await client.query("select app.ensure_partitions(3)");
    await hardenDatabase(client);
    return applied;
  } finally {
    await client.end();
  }
};

/** Every migration of the project, in the order in which they are applied. */
export const readAllMigrations = async (root: string): Promise<Migration[]> => {
  const folderOf = (service: string): string => join(root, "services", service, "migrations");
  const files = migrationOrder.map((service) => readMigrations(service, folderOf(service)));
  return (await Promise.all(files)).flat();
};

const appliedChecksum = async (
  client: pg.Client,
  migration: Migration,
): Promise<string | undefined> => {
  const known = await client.query<{ known: boolean }>(
    "select to_regclass('app.migration') is not null as known",
  );
  if (known.rows[0]?.known !== true) return undefined;
  const found = await client.query<{ checksum: string }>(
    "select checksum from app.migration where service = $1 and version = $2",
    [migration.service, migration.version],
  );
  return found.rows[0]?.checksum;
};

const applyOne = async (client: pg.Client, migration: Migration): Promise<boolean> => {
  const { service, version, name } = migration;
  const checksum = createHash("sha256").update(migration.sql).digest("hex");
  const before = await appliedChecksum(client, migration);
  if (before === checksum) return false;
  if (before !== undefined) {
    throw new Error(`${service}/${name} was changed after it was applied; write a new migration`);
  }
  await client.query("begin");
  try {
    if (migration.role !== "admin") await client.query(`set local role ${migration.role}`);
    await client.query(migration.sql);
    await client.query("reset role");
    await client.query(
      "insert into app.migration (service, version, name, checksum) values ($1, $2, $3, $4)",
      [service, version, name, checksum],
    );
    await client.query("commit");
    return true;
  } catch (error) {
    await client.query("rollback");
    throw new Error(`${service}/${name}: ${(error as Error).message}`, { cause: error });
  }
};
