-- A message is written once and changed three times on its way out, a conversation once for each message.
update app.partitioned_table set fillfactor = 60 where schema_name = 'messaging' and table_name = 'message';
do $$
declare
  v_partition regclass;
begin
  for v_partition in select inhrelid::regclass from pg_inherits where inhparent = 'messaging.message'::regclass loop
    execute format('alter table %s set (fillfactor = 60)', v_partition);
  end loop;
end $$;
alter table messaging.conversation set (fillfactor = 60);
