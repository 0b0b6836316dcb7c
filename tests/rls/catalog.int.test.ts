import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "@rarity/platform/testing";
import { tenantTables } from "./seed.ts";

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

type Finding = { table: string; problem: string };

const findings = async (): Promise<Finding[]> => {
  const answer = await admin.query<Finding>(`
    with tenant_table as (
      select c.oid, c.oid::regclass::text as name, c.relrowsecurity, c.relforcerowsecurity
      from pg_class c join pg_attribute a on a.attrelid = c.oid
      join pg_namespace n on n.oid = c.relnamespace
      where a.attname = 'org_id' and c.relkind in ('r', 'p') and n.nspname not like 'pg_%')
    select name as "table", 'row-level security is not enabled and forced' as problem
      from tenant_table where not (relrowsecurity and relforcerowsecurity)
    union all
    select name, 'no restrictive policy for every role of the tenant group' from tenant_table t
      where not exists (select from pg_policy p where p.polrelid = t.oid and not p.polpermissive)
    union all
    select name, 'no permissive policy' from tenant_table t
      where not exists (select from pg_policy p where p.polrelid = t.oid and p.polpermissive)
    union all
    select c.oid::regclass::text, 'a view that reads with the rights of its owner'
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
      where c.relkind = 'v' and not coalesce(c.reloptions, '{}') @> '{security_invoker=true}'
    union all
    select c.oid::regclass::text, 'a materialized view, which row-level security does not reach'
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
      where c.relkind = 'm'
    order by 1`);
  return answer.rows;
};

describe("catalog", () => {
  test("every table with org_id has forced row-level security and both policies", async () => {
    const tables = await admin.query("select 1 from pg_attribute where attname = 'org_id'");
    expect(tables.rowCount).toBeGreaterThan(10);
    expect(await findings()).toEqual([]);
  });

  test("a new table without a policy is found", async () => {
    await admin.query("create table app.forgotten (org_id uuid not null)");
    try {
      expect((await findings()).map((finding) => finding.table)).toContain("app.forgotten");
    } finally {
      await admin.query("drop table app.forgotten");
    }
  });

  test("a view with its owner's rights is found", async () => {
    await admin.query("create view app.open as select org_id from messaging.message");
    try {
      expect((await findings()).map((finding) => finding.table)).toContain("app.open");
    } finally {
      await admin.query("drop view app.open");
    }
  });

  test("service roles own nothing, bypass nothing and truncate nothing", async () => {
    const roles = await admin.query<{ rolname: string }>(
      "select rolname from pg_roles where rolname like 'rarity\\_%' and (rolsuper or rolbypassrls or rolcreaterole)",
    );
    expect(roles.rows).toEqual([]);
    const owned = await admin.query(
      `select c.oid::regclass from pg_class c join pg_roles r on r.oid = c.relowner
       where r.rolname like 'rarity\\_%' and r.rolcanlogin`,
    );
    expect(owned.rows).toEqual([]);
    const truncate = await admin.query(
      `select c.oid::regclass, r.rolname from pg_class c cross join pg_roles r
       where r.rolcanlogin and r.rolname like 'rarity\\_%' and c.relkind in ('r', 'p')
         and has_table_privilege(r.oid, c.oid, 'TRUNCATE')`,
    );
    expect(truncate.rows).toEqual([]);
  });
});

// Those vectors of the security page that the catalog answers; the others run as the service roles.
describe("row-level security vectors in the catalog", () => {
  let tables: string[];
  beforeAll(async () => {
    tables = (await tenantTables(admin)).map(({ name }) => name);
  });

  test("6 to 9 every unique key names the tenant, so it tells nothing about others", async () => {
    const bare = await admin.query<{ index: string }>(
      `
      select i.indexrelid::regclass::text as index from pg_index i
      where i.indisunique and i.indrelid = any ($1::regclass[])
        and not exists (select from unnest(i.indkey::int[]) k
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k where a.attname = 'org_id')`,
      [tables],
    );
    expect(bare.rows.map((row) => row.index)).toEqual([]);
  });

  test("10, 19 every foreign key between tenant tables names the tenant on both sides", async () => {
    const bare = await admin.query<{ name: string }>(
      `
      select c.conrelid::regclass || ' ' || c.conname as name from pg_constraint c
      where c.contype = 'f' and c.conrelid = any ($1::regclass[]) and c.confrelid = any ($1::regclass[])
        and not exists (select from unnest(c.conkey) k
          join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k where a.attname = 'org_id')`,
      [tables],
    );
    expect(bare.rows.map((row) => row.name)).toEqual([]);
  });

  test("1, 2, 22 views are security_invoker and nothing is materialized", async () => {
    const open = await admin.query<{ name: string }>(`
      select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname not in ('pg_catalog', 'information_schema') and (c.relkind = 'm'
        or (c.relkind = 'v' and not coalesce(c.reloptions::text like '%security_invoker=true%', false)))`);
    expect(open.rows.map((row) => row.name)).toEqual([]);
  });

  test("3 definer functions belong to a role that policies hold, and pin their search path", async () => {
    const loose = await admin.query<{ name: string }>(`
      select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      join pg_roles r on r.oid = p.proowner
      where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
        and (r.rolsuper or r.rolbypassrls or not coalesce(p.proconfig::text like '%search_path=%', false))`);
    expect(loose.rows.map((row) => row.name)).toEqual([]);
  });
});
