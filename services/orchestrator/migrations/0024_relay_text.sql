-- role: rarity_system
-- As 0019, with events as text (0023).

drop function messaging.relay_take(int, boolean);

-- Moves groups of the outbox to the organizations' streams, numbered without gaps; about `p_max` events.
-- One relay at a time: who does not get the baton has nothing to do. With `p_traced`, `traces` names the
-- trace each message was accepted in, by its id.
create function messaging.relay_take(p_max int default 500, p_traced boolean default false)
returns table (org_id uuid, first_seq bigint, events json, at timestamptz, traces jsonb)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_max int := least(greatest(p_max, 1), 5000);
  v_rows messaging.outbox[];
begin
  perform 1 from messaging.relay_baton for update skip locked;
  if not found then
    return;
  end if;
  with next as materialized (
    select x.id, sum(x.n) over (order by x.id) - x.n as before
    from (select o.id, o.n from messaging.outbox o order by o.id limit v_max) x
  ), taken as (
    delete from messaging.outbox o
    where o.id = any (array(select n.id from next n where n.before < v_max))
    returning o.*
  )
  select array_agg(t::messaging.outbox order by t.id) into v_rows from taken t;
  if v_rows is null then
    return;
  end if;

  insert into messaging.stream_head as h (org_id, seq)
  select r.org_id, sum(r.n) from unnest(v_rows) r group by r.org_id order by r.org_id
  on conflict (org_id) do update set seq = h.seq + excluded.seq;

  return query
  with numbered as materialized (
    select r.*, (h.seq - sum(r.n) over (partition by r.org_id)
                 + sum(r.n) over (partition by r.org_id order by r.id))::bigint as last_seq
    from unnest(v_rows) r
    cross join lateral (select h.seq from messaging.stream_head h where h.org_id = r.org_id offset 0) h
  ), stored as (
    insert into messaging.stream_page (org_id, seq, n, events, at)
    select n.org_id, n.last_seq, n.n, n.events, n.at from numbered n
  )
  select n.org_id, n.last_seq - n.n + 1, n.events, n.at, case when p_traced then (
    select jsonb_object_agg(m.id, m.traceparent)
    from json_array_elements(n.events) e
    cross join lateral (
      select m.id, m.traceparent from messaging.message m
      where m.org_id = n.org_id and m.id = (e -> 'data' ->> 'messageId')::uuid and m.traceparent is not null offset 0) m) end
  from numbered n order by n.org_id, n.last_seq;
end $$;
select app.steady_plans('messaging.relay_take(int, boolean)');
grant execute on function messaging.relay_take(int, boolean) to rarity_orchestrator;
