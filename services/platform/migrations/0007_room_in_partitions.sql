-- Partitions whose rows change several times keep room in their pages: a new version of a row beside the
-- old one needs no new index entries.
alter table app.partitioned_table add column fillfactor int not null default 100 check (fillfactor between 10 and 100);

create or replace function app.ensure_partitions(p_months_ahead int default 3) returns int
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
      execute format('create table %I.%I partition of %I.%I for values from (%L) to (%L) with (fillfactor = %s)',
        v_table.schema_name, v_name, v_table.schema_name, v_table.table_name,
        app.uuidv7_floor(v_month),
        app.uuidv7_floor((v_month at time zone 'UTC' + interval '1 month') at time zone 'UTC'),
        v_table.fillfactor);
      perform app.protect(format('%I.%I', v_table.schema_name, v_name)::regclass);
      v_made := v_made + 1;
    end loop;
  end loop;
  return v_made;
end $$;
