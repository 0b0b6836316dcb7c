import type pg from "pg";

const loginRoles = [
  "rarity_orchestrator",
  "rarity_whatsapp",
  "rarity_leads",
  "rarity_accounts",
  "rarity_auth",
  "authenticator",
];

/**
 * Takes away what every role gets by default and row-level security does not cover: temporary tables,
 * large objects, advisory locks (global to the server) and row counts over all tenants. Rights on the
 * database itself are not copied into a clone, so a test database needs this again.
 */
export const hardenDatabase = async (client: pg.ClientBase): Promise<void> => {
  await client.query(databaseRights(loginRoles));
  await client.query(catalogRights);
};

const databaseRights = (roles: readonly string[]): string => `do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to ${roles.join(", ")}', current_database());
  execute format('grant create, connect on database %I to rarity_owner', current_database());
  revoke create on schema public from public;
end $$`;

// Only a superuser may change rights on the system catalog; a managed server keeps its own.
const catalogRights = `do $$
declare
  v_item record;
begin
  for v_item in
    select format('%s', p.oid::regprocedure) as name from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and (p.proname like 'lo\\_%' or p.proname in ('loread', 'lowrite')
           or p.proname like 'pg\\_advisory%' or p.proname like 'pg\\_try\\_advisory%'
           or p.proname in ('pg_relation_size', 'pg_table_size', 'pg_total_relation_size', 'pg_indexes_size')
           or p.proname ~ '^pg_stat_get_(xact_)?(live_tuples|dead_tuples|tuples_|ins_since|mod_since|numscans)')
  loop
    execute format('revoke execute on function pg_catalog.%s from public', v_item.name);
  end loop;
  for v_item in
    select format('pg_catalog.%I', c.relname) as name from pg_class c
    where c.relnamespace = 'pg_catalog'::regnamespace
      and c.relname ~ '^pg_stat(io)?_(xact_)?(all|user|sys)_(tables|indexes)$'
  loop
    execute format('revoke select on %s from public', v_item.name);
  end loop;
  revoke select on pg_catalog.pg_largeobject_metadata from public;
  execute (select 'revoke select on pg_catalog.pg_class from public; grant select ('
             || string_agg(quote_ident(a.attname), ', ')
             || ') on pg_catalog.pg_class to public'
           from pg_attribute a where a.attrelid = 'pg_catalog.pg_class'::regclass
             and a.attname not in ('reltuples', 'relpages', 'relallvisible', 'relallfrozen')
             and not a.attisdropped);
  grant select on pg_catalog.pg_class to pg_monitor;
exception when insufficient_privilege then
  raise notice 'catalog rights belong to the server: %', sqlerrm;
end $$`;
