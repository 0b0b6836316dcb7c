import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "@rarity/platform/testing";
import { tenantTables, type TenantTable } from "./seed.ts";

// Those vectors of the security page that the catalog answers; the others run as the service roles.

let database: TestDatabase;
let admin: pg.Client;
let tables: TenantTable[];

beforeAll(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  tables = await tenantTables(admin);
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

describe("row-level security vectors in the catalog", () => {
  test("6 to 9 every unique key names the tenant, so it tells nothing about others", async () => {
    const bare = await admin.query<{ index: string }>(
      `
      select i.indexrelid::regclass::text as index from pg_index i
      where i.indisunique and i.indrelid = any ($1::regclass[])
        and not exists (select from unnest(i.indkey::int[]) k
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k where a.attname = 'org_id')`,
      [tables.map((table) => table.name)],
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
      [tables.map((table) => table.name)],
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
