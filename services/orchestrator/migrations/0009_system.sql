-- role: rarity_system
-- What works across tenants: the relay, the sweeper, the depth of all queues, and pruning.

-- K1: moves outbox rows to the organizations' streams, numbered without gaps, and marks the accepted
-- messages queued. One relay at a time: who does not get the baton has nothing to do.
-- With `p_traced` each event names the trace its message was accepted in.
create function messaging.relay_take(p_max int default 500, p_traced boolean default false)
returns table (org_id uuid, account_id uuid, seq bigint, event_id uuid, type text, data jsonb, at timestamptz, wake boolean,
               traceparent text)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_rows jsonb;
begin
  perform 1 from messaging.relay_baton for update skip locked;
  if not found then
    return;
  end if;
  return query
  with taken as materialized (
    delete from messaging.outbox o
    where (o.org_id, o.id) in (
      select x.org_id, x.id from messaging.outbox x order by x.id limit least(greatest(p_max, 1), 5000) for update skip locked)
    returning o.*
  ), counted as (
    select t.org_id, count(*) as n from taken t group by t.org_id order by t.org_id
  ), heads as (
    insert into messaging.stream_head as h (org_id, seq)
    select c.org_id, c.n from counted c
    on conflict (org_id) do update set seq = h.seq + excluded.seq
    returning h.org_id, h.seq
  ), numbered as materialized (
    select t.*, h.seq - c.n + row_number() over (partition by t.org_id order by t.id) as new_seq
    from taken t join counted c using (org_id) join heads h using (org_id)
  ), stored as (
    insert into messaging.stream_event (org_id, seq, event_id, account_id, type, data, at)
    select n.org_id, n.new_seq, n.event_id, n.account_id, n.type, n.data, n.at from numbered n
  ), queued as (
    update messaging.message m set status = 'queued', updated_at = now()
    from (select q.org_id, q.id from messaging.message q
          join numbered n on n.org_id = q.org_id and n.message_id = q.id and n.type = 'message_accepted'
          where q.status = 'accepted' order by q.id for update of q skip locked) a
    where m.org_id = a.org_id and m.id = a.id and m.status = 'accepted'
    returning m.org_id, m.id
  ), history as (
    insert into messaging.message_event (org_id, message_id, status, source)
    select q.org_id, q.id, 'queued', 'relay' from queued q
  )
  select n.org_id, n.account_id, n.new_seq, n.event_id, n.type, n.data, n.at, n.wake,
         case when p_traced then (
           select m.traceparent from messaging.message m where m.org_id = n.org_id and m.id = n.message_id) end
  from numbered n order by n.org_id, n.new_seq;
end $$;

-- Accounts with due work nobody was told about for 15 s, and the open attempts nobody looked at.
create function messaging.sweep(p_max int default 1000) returns table (account_id uuid, org_id uuid)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with due as materialized (
    select q.org_id, q.message_id, q.account_id from messaging.send_queue q
    where q.due_at <= now() - interval '15 seconds'
      and (q.hinted_at is null or q.hinted_at < now() - interval '15 seconds')
    order by q.due_at limit least(greatest(p_max, 1), 10000) for update skip locked
  ), visited as (
    update messaging.send_queue q set hinted_at = now()
    from due d where q.org_id = d.org_id and q.message_id = d.message_id
  ), open as materialized (
    select t.org_id, t.message_id, t.attempt_no, t.account_id from messaging.attempt t
    where t.state = 'D' and t.started_at < now() - interval '30 seconds'
      and (t.visited_at is null or t.visited_at < now() - interval '60 seconds')
    limit 1000 for update skip locked
  ), seen as (
    update messaging.attempt t set visited_at = now(), visits = visits + 1
    from open o where t.org_id = o.org_id and t.message_id = o.message_id and t.attempt_no = o.attempt_no
  )
  select distinct x.account_id, x.org_id
  from (select d.account_id, d.org_id from due d union all select o.account_id, o.org_id from open o) x;
end $$;

create function messaging.queue_depth()
returns table (account_id uuid, org_id uuid, ready bigint, waiting bigint, oldest_ready_age_ms bigint, next_due_at timestamptz)
language sql stable security definer
set search_path = ''
as $$
  select a.id, a.org_id, count(q.message_id) filter (where q.due_at <= now()),
         count(q.message_id) filter (where q.due_at > now()),
         coalesce(floor(extract(epoch from now() - min(q.due_at) filter (where q.due_at <= now())) * 1000), 0)::bigint,
         min(q.due_at) filter (where q.due_at > now())
  from channels.account a
  left join messaging.send_queue q on q.org_id = a.org_id and q.account_id = a.id
  where a.deleted_at is null
  group by a.id, a.org_id
$$;

-- What has had its time. Bounded, so that it never becomes a long transaction.
create function messaging.prune(p_max int default 5000) returns int
language plpgsql security definer
set search_path = ''
as $$
declare
  v_gone int := 0;
  v_step int;
begin
  delete from messaging.idempotency where (org_id, route, key) in (
    select org_id, route, key from messaging.idempotency where expires_at < now() limit p_max);
  get diagnostics v_step = row_count;
  v_gone := v_gone + v_step;
  delete from messaging.stream_event where (org_id, seq) in (
    select org_id, seq from messaging.stream_event where at < now() - interval '7 days' limit p_max);
  get diagnostics v_step = row_count;
  v_gone := v_gone + v_step;
  delete from messaging.parked_receipt where (org_id, account_id, provider_message_id, status) in (
    select org_id, account_id, provider_message_id, status from messaging.parked_receipt
    where parked_at < now() - interval '30 days' limit p_max);
  get diagnostics v_step = row_count;
  v_gone := v_gone + v_step;
  delete from channels.account_usage where (org_id, account_id, grain_s, bucket_start) in (
    select org_id, account_id, grain_s, bucket_start from channels.account_usage
    where bucket_start < now() - case grain_s when 5 then interval '5 minutes' when 60 then interval '3 hours'
                                              else interval '3 days' end limit p_max);
  get diagnostics v_step = row_count;
  return v_gone + v_step;
end $$;

grant execute on function messaging.relay_take(int, boolean), messaging.sweep(int), messaging.queue_depth(),
  messaging.prune(int) to rarity_orchestrator;
