-- UUIDv7 where the server has none (before Postgres 18), and monthly partitions by it.

do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    execute 'create function app.uuidv7() returns uuid language sql volatile parallel safe
             as ''select pg_catalog.uuidv7()''';
  else
    -- Version 4 with the first 48 bits replaced by the milliseconds, and the version made 7.
    execute $sql$
      create function app.uuidv7() returns uuid language sql volatile parallel safe as $body$
        select pg_catalog.encode(pg_catalog.set_bit(pg_catalog.set_bit(
          pg_catalog.overlay(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()),
            pg_catalog.substring(pg_catalog.int8send(
              (extract(epoch from pg_catalog.clock_timestamp()) * 1000)::pg_catalog.int8), 3),
            1, 6), 52, 1), 53, 1), 'hex')::pg_catalog.uuid
      $body$
    $sql$;
  end if;
end $$;

-- The smallest UUIDv7 of a moment: a partition bound.
create function app.uuidv7_floor(p_at timestamptz) returns uuid
language sql immutable parallel safe
as $$
  select (lpad(to_hex((extract(epoch from p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

create function app.uuidv7_time(p_id uuid) returns timestamptz
language sql immutable parallel safe
as $$
  select to_timestamp(('x' || lpad(left(replace(p_id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0)
$$;

create table app.partitioned_table (
  schema_name name not null,
  table_name name not null,
  primary key (schema_name, table_name)
);

-- Makes the partitions from last month to `p_months_ahead` months from now. Called at migration and
-- daily by the orchestrator. A partition carries the same wall as its parent and is granted to nobody:
-- rows are reached through the parent only.
create function app.ensure_partitions(p_months_ahead int default 3) returns int
language plpgsql security definer
set search_path = ''
as $$
declare
  v_table record;
  v_month timestamptz;
  v_name text;
  v_made int := 0;
begin
  for v_table in select * from app.partitioned_table order by 1, 2 loop
    for v_step in -1 .. least(greatest(p_months_ahead, 1), 24) loop
      v_month := date_trunc('month', now() at time zone 'UTC' + make_interval(months => v_step)) at time zone 'UTC';
      v_name := format('%s_p%s', v_table.table_name, to_char(v_month at time zone 'UTC', 'YYYY_MM'));
      continue when to_regclass(format('%I.%I', v_table.schema_name, v_name)) is not null;
      execute format('lock table %I.%I in share update exclusive mode', v_table.schema_name, v_table.table_name);
      continue when to_regclass(format('%I.%I', v_table.schema_name, v_name)) is not null;
      execute format('create table %I.%I partition of %I.%I for values from (%L) to (%L)',
        v_table.schema_name, v_name, v_table.schema_name, v_table.table_name,
        app.uuidv7_floor(v_month),
        app.uuidv7_floor((v_month at time zone 'UTC' + interval '1 month') at time zone 'UTC'));
      perform app.protect(format('%I.%I', v_table.schema_name, v_name)::regclass);
      v_made := v_made + 1;
    end loop;
  end loop;
  return v_made;
end $$;

grant execute on function app.uuidv7(), app.uuidv7_floor(timestamptz), app.uuidv7_time(uuid)
  to rarity_tenant, rarity_system;
