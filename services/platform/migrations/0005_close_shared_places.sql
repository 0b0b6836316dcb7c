-- role: admin
-- Places which every role of a database shares whatever the policies say: large objects, temporary
-- tables, advisory locks, row counts in the catalog. Only a superuser may close them; a managed server
-- keeps its own rules there.

do $$
declare
  v_function regprocedure;
  v_columns text;
begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    raise notice 'not a superuser: shared places of this server stay as they are';
    return;
  end if;

  execute format('revoke temporary on database %I from public', current_database());
  revoke create on schema public from public;

  for v_function in
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and (p.proname ~ '^(lo_|lowrite|loread)' or p.proname ~ '^pg_(try_)?advisory_')
  loop
    execute format('revoke execute on function %s from public', v_function);
    if v_function::text ~ 'advisory' then
      execute format('grant execute on function %s to rarity_owner, rarity_system', v_function);
    end if;
  end loop;

  -- How many rows all tenants have together is nobody's business.
  select string_agg(quote_ident(attname), ', ') into v_columns from pg_attribute
    where attrelid = 'pg_catalog.pg_class'::regclass and attnum > 0
      and attname not in ('reltuples', 'relpages', 'relallvisible', 'relallfrozen');
  revoke select on pg_catalog.pg_class from public;
  execute format('grant select (%s) on pg_catalog.pg_class to public', v_columns);
  revoke select on pg_catalog.pg_stat_all_tables, pg_catalog.pg_stat_user_tables,
    pg_catalog.pg_stat_xact_all_tables, pg_catalog.pg_stat_xact_user_tables from public;
  revoke select on pg_catalog.pg_locks from public;
end $$;
