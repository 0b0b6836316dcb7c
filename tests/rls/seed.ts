import type pg from "pg";

type Column = { name: string; type: string; required: boolean };
export type TenantTable = { name: string; columns: Column[]; partition: boolean };

/** Every table with `org_id`, read from the catalog: a new table is tested without being named here. */
export const tenantTables = async (admin: pg.Client): Promise<TenantTable[]> => {
  const answer = await admin.query<{
    name: string;
    partition: boolean;
    columns: Column[];
  }>(`
    select c.oid::regclass::text as name, c.relispartition as partition,
      json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null),
        'required', a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = '')
        order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p')
      and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'org_id')
    group by c.oid order by 1`);
  return answer.rows;
};

/** Values for columns whose CHECK constraint takes only some. The first that fits is used. */
const choices: Record<string, string[]> = {
  channel: ["whatsapp"],
  method: ["QR", "POST"],
  kind: ["phone", "text", "message"],
  direction: ["out"],
  status: ["accepted", "open"],
  state: ["D", "requested", "pending", "open"],
  role: ["rep"],
  grain_s: ["5"],
  scope: ["global"],
  token: ["1"],
  lane: ["2"],
  events: ["[{}]"],
};

const byType: Record<string, string> = {
  uuid: "app.uuidv7()",
  text: "'x' || md5(random()::text)",
  integer: "1",
  bigint: "1",
  smallint: "1",
  boolean: "true",
  jsonb: "'{}'::jsonb",
  bytea: "'\\x01'::bytea",
  "timestamp with time zone": "now()",
  "text[]": "'{}'::text[]",
  "double precision": "1",
  numeric: "1",
  date: "current_date",
};

const candidates = (column: Column): string[] => {
  const named = (choices[column.name] ?? []).map((value) => `'${value}'`);
  return [...named, byType[column.type] ?? "null"];
};

const insertOne = async (admin: pg.Client, table: TenantTable, org: string): Promise<void> => {
  const columns = table.columns.filter((column) => column.required && column.name !== "org_id");
  // One round per position in the candidate lists: enough for one checked column to find its value.
  let last: unknown;
  for (let round = 0; round < 4; round += 1) {
    const values = [`'${org}'`].concat(
      columns.map((column) => {
        const options = candidates(column);
        return options[Math.min(round, options.length - 1)] ?? "null";
      }),
    );
    const names = ["org_id", ...columns.map((column) => `"${column.name}"`)].join(", ");
    try {
      await admin.query(`insert into ${table.name} (${names}) values (${values.join(", ")})`);
      return;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`${table.name} cannot be seeded: ${(last as Error).message}; add to choices`);
};

/** One row of each organization in every tenant table, foreign keys set aside. */
export const seedTenants = async (
  admin: pg.Client,
  tables: TenantTable[],
  orgs: string[],
): Promise<void> => {
  await admin.query("set session_replication_role = replica");
  for (const table of tables.filter((one) => !one.partition)) {
    for (const org of orgs) await insertOne(admin, table, org);
  }
  await admin.query("set session_replication_role = default");
};
