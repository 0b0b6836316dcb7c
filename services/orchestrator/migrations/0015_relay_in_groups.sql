-- role: rarity_system
-- K1: moves outbox rows to the organizations' streams, numbered without gaps, and marks the accepted
-- messages queued. One relay at a time: who does not get the baton has nothing to do.
-- With `p_traced` each event names the trace its message was accepted in.
create or replace function messaging.relay_take(p_max int default 500, p_traced boolean default false)
returns table (org_id uuid, account_id uuid, seq bigint, event_id uuid, type text, data jsonb, at timestamptz, wake boolean,
               traceparent text)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_rows messaging.outbox[];
  v_group record;
begin
  perform 1 from messaging.relay_baton for update skip locked;
  if not found then
    return;
  end if;
  with taken as (
    delete from messaging.outbox o
    where o.id = any (array(
      select x.id from messaging.outbox x order by x.id limit least(greatest(p_max, 1), 5000) for update skip locked))
    returning o.*
  )
  select array_agg(t::messaging.outbox order by t.id) into v_rows from taken t;
  if v_rows is null then
    return;
  end if;

  insert into messaging.stream_head as h (org_id, seq)
  select r.org_id, count(*) from unnest(v_rows) r group by r.org_id order by r.org_id
  on conflict (org_id) do update set seq = h.seq + excluded.seq;

  for v_group in
    select r.org_id, array_agg(r.message_id order by r.message_id) as ids from unnest(v_rows) r
    where r.type = 'message_accepted' group by r.org_id order by r.org_id
  loop
    with accepted as (
      select m.id from messaging.message m
      where m.org_id = v_group.org_id and m.id = any (v_group.ids)
        and m.id between v_group.ids[1] and v_group.ids[cardinality(v_group.ids)] and m.status = 'accepted'
      order by m.id for update skip locked
    ), queued as (
      update messaging.message m set status = 'queued', updated_at = now()
      where m.org_id = v_group.org_id and m.id = any (array(select a.id from accepted a))
        and m.id between v_group.ids[1] and v_group.ids[cardinality(v_group.ids)] and m.status = 'accepted'
      returning m.id
    )
    insert into messaging.message_event (org_id, message_id, status, source)
    select v_group.org_id, q.id, 'queued', 'relay' from queued q;
  end loop;

  return query
  with numbered as materialized (
    select r.*, h.seq - count(*) over (partition by r.org_id)
                      + row_number() over (partition by r.org_id order by r.id) as new_seq
    from unnest(v_rows) r
    cross join lateral (select h.seq from messaging.stream_head h where h.org_id = r.org_id offset 0) h
  ), stored as (
    insert into messaging.stream_event (org_id, seq, event_id, account_id, type, data, at)
    select n.org_id, n.new_seq, n.event_id, n.account_id, n.type, n.data, n.at from numbered n
  )
  select n.org_id, n.account_id, n.new_seq, n.event_id, n.type, n.data, n.at, n.wake,
         case when p_traced then (
           select m.traceparent from messaging.message m where m.org_id = n.org_id and m.id = n.message_id) end
  from numbered n order by n.org_id, n.new_seq;
end $$;
select app.steady_plans('messaging.relay_take(int, boolean)');
