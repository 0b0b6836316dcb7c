import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTenantSealer } from "@rarity/platform/postgres";
import { testDatabase, type ServiceRole, type TestDatabase } from "@rarity/platform/testing";
import { seedTenants, tenantTables, type TenantTable } from "./seed.ts";

// The vectors of the security page, by SQL as the service roles, on every tenant table.

const roles: ServiceRole[] = [
  "rarity_orchestrator",
  "rarity_whatsapp",
  "rarity_leads",
  "rarity_accounts",
  "rarity_auth",
];
const mine = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11";
const theirs = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e22";

let database: TestDatabase;
let admin: pg.Client;
let tables: TenantTable[];
const clients = new Map<string, pg.Client>();

beforeAll(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  tables = await tenantTables(admin);
  await seedTenants(admin, tables, [mine, theirs]);
  for (const role of roles) {
    const client = new pg.Client({ connectionString: database.urlFor(role) });
    await client.connect();
    clients.set(role, client);
  }
});
afterAll(async () => {
  for (const client of clients.values()) await client.end();
  await admin.end();
  await database.drop();
});

const denied = new Set(["42501", "42P01", "0A000", "3F000"]);

/** Runs SQL as a role in the name of an organization; a refused privilege is no row, other errors are told. */
const as = async (
  role: string,
  org: string | null,
  sql: string,
): Promise<pg.QueryResult["rows"]> => {
  const client = clients.get(role);
  if (client === undefined) throw new Error(role);
  await client.query("begin");
  try {
    if (org !== null) {
      const sealed = createTenantSealer(database.sealKey).seal(org);
      await client.query("select set_config('app.tenant', $1, true)", [sealed]);
    }
    return (await client.query(sql)).rows;
  } catch (error) {
    if (denied.has((error as { code?: string }).code ?? "")) return [];
    throw error;
  } finally {
    await client.query("rollback");
  }
};

const everywhere = async (
  attempt: (role: string, table: TenantTable) => Promise<string | undefined>,
): Promise<string[]> => {
  const leaks: string[] = [];
  for (const role of roles) {
    for (const table of tables) {
      const leak = await attempt(role, table);
      if (leak !== undefined) leaks.push(`${role} ${table.name}: ${leak}`);
    }
  }
  return leaks;
};

const foreign = (
  role: string,
  table: TenantTable,
  org: string | null,
): Promise<pg.QueryResult["rows"]> =>
  as(role, org, `select 1 from ${table.name} where org_id = '${theirs}'`);

describe("row-level security vectors", () => {
  test("the seed is there: both organizations have a row in every table", async () => {
    for (const table of tables.filter((one) => !one.partition)) {
      const found = await admin.query(`select distinct org_id from ${table.name}`);
      expect(found.rowCount, table.name).toBeGreaterThanOrEqual(2);
    }
  });

  test("some role sees its own organization's rows, so an empty answer means something", async () => {
    const own = await as("rarity_leads", mine, `select 1 from leads.lead where org_id = '${mine}'`);
    expect(own.length).toBe(1);
  });

  test("4, 21 base tables and partition children show no foreign row", async () => {
    const leaks = await everywhere(async (role, table) =>
      (await foreign(role, table, mine)).length > 0 ? "rows" : undefined,
    );
    expect(leaks).toEqual([]);
  });

  test("28 without a tenant and with an empty one there are no rows", async () => {
    const leaks = await everywhere(async (role, table) => {
      const none = await as(role, null, `select 1 from ${table.name}`);
      const empty = await as(role, null, `select set_config('app.tenant', '', true); `);
      return none.length > 0 || empty.length > 1 ? "rows without a tenant" : undefined;
    });
    expect(leaks).toEqual([]);
  });

  test("14 a role that sets the tenant itself gets nothing", async () => {
    const forged = [theirs, `${theirs}.`, `${theirs}.${"0".repeat(64)}`];
    const sealed = createTenantSealer(database.sealKey).seal(mine);
    forged.push(`${theirs}.${sealed.split(".")[1] ?? ""}`);
    const leaks = await everywhere(async (role, table) => {
      for (const value of forged) {
        const client = clients.get(role);
        await client?.query("begin");
        await client?.query("select set_config('app.tenant', $1, true)", [value]);
        const claims = JSON.stringify({ app_metadata: { org_id: theirs } });
        await client?.query("select set_config('request.jwt.claims', $1, true)", [claims]);
        const rows = await client
          ?.query(`select 1 from ${table.name}`)
          .then((answer) => answer.rowCount ?? 0)
          .catch(() => 0);
        await client?.query("rollback");
        if ((rows ?? 0) > 0) return `forged ${value.slice(0, 44)}`;
      }
      return undefined;
    });
    expect(leaks).toEqual([]);
  });

  test("25 a row cannot be moved to another tenant nor written in its name", async () => {
    const leaks = await everywhere(async (role, table) => {
      try {
        const moved = await as(
          role,
          mine,
          `update ${table.name} set org_id = '${theirs}' where org_id = '${mine}' returning 1`,
        );
        return moved.length > 0 ? "moved" : undefined;
      } catch {
        return undefined; // refused by the policy or a constraint
      }
    });
    expect(leaks).toEqual([]);
  });

  test("23 foreign rows can be neither updated nor deleted", async () => {
    const leaks = await everywhere(async (role, table) => {
      const updated = await as(
        role,
        mine,
        `update ${table.name} set org_id = org_id where org_id = '${theirs}' returning 1`,
      );
      const deleted = await as(
        role,
        mine,
        `delete from ${table.name} where org_id = '${theirs}' returning 1`,
      );
      return updated.length + deleted.length > 0 ? "written" : undefined;
    });
    expect(leaks).toEqual([]);
  });

  test("24 a leaky function in WHERE sees no foreign value", async () => {
    const leaks = await everywhere(async (role, table) => {
      // Would fail with 22012 on the foreign row if it ran before the policy.
      const sql = `select 1 from ${table.name} where 1 / (case when org_id = '${theirs}' then 0 else 1 end) = 1`;
      return as(role, mine, sql).then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      );
    });
    expect(leaks).toEqual([]);
  });

  test("26 COPY out carries no foreign row", async () => {
    const leaks = await everywhere(async (role, table) => {
      const rows = await as(
        role,
        mine,
        `select count(*)::int as n from (select org_id from ${table.name}) t where org_id <> '${mine}'`,
      );
      const found = (rows as { n: number }[])[0]?.n ?? 0;
      return found > 0 ? `${found} rows` : undefined;
    });
    expect(leaks).toEqual([]);
  });

  test("5, 15, 18 forced, and one restrictive policy that no later permissive one can widen", async () => {
    for (const table of tables.filter((one) => !one.partition)) {
      await admin.query(`create policy widened on ${table.name} for all to public using (true)`);
    }
    try {
      const leaks = await everywhere(async (role, table) =>
        (await foreign(role, table, mine)).length > 0 ? "widened" : undefined,
      );
      expect(leaks).toEqual([]);
    } finally {
      for (const table of tables.filter((one) => !one.partition)) {
        await admin.query(`drop policy widened on ${table.name}`);
      }
    }
  });

  test("11 TRUNCATE, 12 sequences and 29 temporary tables are not granted", async () => {
    for (const role of roles) {
      const may = await admin.query(
        `select count(*) filter (where has_table_privilege($1, t::regclass, 'TRUNCATE')) as truncates,
           has_database_privilege($1, current_database(), 'TEMP') as temp
         from unnest($2::text[]) t`,
        [role, tables.map((table) => table.name)],
      );
      expect(may.rows, role).toEqual([{ truncates: "0", temp: false }]);
      const sequences = await admin.query(
        `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname <> 'pg_catalog'
           and case when c.relkind = 'S' then has_sequence_privilege($1, c.oid, 'USAGE, SELECT') end`,
        [role],
      );
      expect(sequences.rows, role).toEqual([]);
    }
  });

  test("13, 17, 27, 30 row counts, large objects, statistics and other sessions stay closed", async () => {
    for (const role of roles) {
      expect(await as(role, mine, "select reltuples from pg_class limit 1"), role).toEqual([]);
      expect(
        await as(role, mine, "select n_live_tup from pg_stat_all_tables limit 1"),
        role,
      ).toEqual([]);
      expect(await as(role, mine, "select lo_create(0)"), role).toEqual([]);
      const statistics = `select 1 from pg_stats where schemaname in ('messaging', 'leads', 'channels', 'tenancy')`;
      expect(await as(role, mine, statistics), role).toEqual([]);
      const sessions =
        "select query from pg_stat_activity where usename <> current_user and query not like '<%'";
      const seen = (await as(role, mine, sessions)) as { query: string | null }[];
      expect(
        seen.filter((row) => row.query !== null && row.query !== ""),
        role,
      ).toEqual([]);
    }
  });

  test("16 advisory locks are closed and no function of ours notifies", async () => {
    for (const role of roles) {
      expect(await as(role, mine, "select pg_try_advisory_lock(1)"), role).toEqual([]);
    }
    const notifying = await admin.query(
      `select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname not in ('pg_catalog', 'information_schema')
         and p.prosrc ~* '(pg_notify|^\\s*notify)'`,
    );
    expect(notifying.rows).toEqual([]);
  });

  test("20 a cursor WITH HOLD does not outlive its tenant", async () => {
    const { createPool, withTenant } = await import("@rarity/platform/postgres");
    const { createLogger } = await import("@rarity/platform/logger");
    const logger = createLogger({ service: "test", level: "silent" });
    const connectionString = database.urlFor("rarity_leads");
    const pool = createPool({ connectionString, applicationName: "test", max: 1, logger });
    const sealer = createTenantSealer(database.sealKey);
    await withTenant(pool, { sealer, orgId: theirs }, (tx) =>
      tx.query("declare kept cursor with hold for select id from leads.lead"),
    );
    const read = withTenant(pool, { sealer, orgId: mine }, (tx) => tx.query("fetch all from kept"));
    await expect(read).rejects.toMatchObject({ code: "34000" });
    await pool.end();
  });
});
