-- K8 for a group at once, found by typed columns (see 0010).

create type messaging.step as (message_id uuid, status text, at timestamptz, error jsonb);

drop function messaging.match_parked(uuid, jsonb);
drop function messaging.apply_receipts(uuid, jsonb);

-- Receipts for any accounts of the organization. With `p_traced` the answer names the traces the messages
-- were accepted in.
create or replace function messaging.record_receipts(p jsonb, p_traced boolean default false) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_open messaging.closing[];
  v_matched messaging.step[];
begin
  -- A provider id is known from an ack, or is a token we chose ourselves. A receipt proves that the server
  -- has the message, whatever its kind.
  with r as materialized (
    select * from jsonb_to_recordset(p)
      as x ("accountId" uuid, "providerMessageId" text, status text, at timestamptz, error jsonb)
  ), found as materialized (
    select r.*, coalesce(k.message_id, t.message_id) as message_id, t.attempt_no, t.state
    from r
    left join lateral (
      select k.message_id from messaging.provider_ref k
      where k.org_id = v_org and k.account_id = r."accountId" and k.provider_message_id = r."providerMessageId"
      limit 1) k on true
    left join lateral (
      select a.message_id, a.attempt_no, a.state from messaging.attempt a
      where a.org_id = v_org and a.account_id = r."accountId" and a.provider_token = r."providerMessageId"
      order by a.attempt_no desc limit 1) t on true
  ), parked as (
    insert into messaging.parked_receipt (org_id, account_id, provider_message_id, status, at, error)
    select v_org, "accountId", "providerMessageId", status, coalesce(at, now()), error
    from found where message_id is null
    on conflict do nothing
  )
  select array_agg(row(message_id, attempt_no, nullif("providerMessageId", ''), coalesce(at, now()),
                       jsonb_build_object('receipt', status))::messaging.closing order by message_id, at)
           filter (where state in ('D', 'U') and status <> 'failed'),
         array_agg(row(message_id, status, coalesce(at, now()), error)::messaging.step)
           filter (where message_id is not null)
    into v_open, v_matched from found;

  if v_open is not null then
    perform messaging.close_acked(v_org, null, v_open, 'provider');
  end if;
  if v_matched is not null then
    perform messaging.apply_receipts(v_org, v_matched);
  end if;
  return jsonb_build_object('ok', true, 'matched', coalesce(cardinality(v_matched), 0),
    'traces', case when p_traced then (
      select jsonb_agg(jsonb_build_object('messageId', m.id, 'status', s.status, 'traceparent', m.traceparent))
      from unnest(v_matched) s
      cross join lateral (
        select m.id, m.traceparent from messaging.message m where m.org_id = v_org and m.id = s.message_id offset 0) m
      where m.traceparent is not null) end);
end $$;
select app.steady_plans('messaging.record_receipts(jsonb, boolean)');

-- The furthest status of each message wins; history keeps each step that was news.
create function messaging.apply_receipts(p_org uuid, p_steps messaging.step[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_ids uuid[] := (select array_agg(s.message_id order by s.message_id) from unnest(p_steps) s);
  v_statuses text[];
  v_codes text[];
begin
  perform 1 from messaging.message
    where org_id = p_org and id = any (v_ids) and id between v_ids[1] and v_ids[cardinality(v_ids)]
    order by id for no key update;
  with r as materialized (
    select distinct on (s.message_id, s.status) s.*, messaging.rank_of(s.status) as rank
    from unnest(p_steps) s order by s.message_id, s.status, s.at
  ), news as materialized (
    -- A failure after the person's phone has it, or after a final state, is not news.
    select r.*, m.conversation_id, m.account_id
    from r
    cross join lateral (
      select m.* from messaging.message m
      where m.org_id = p_org and m.id = r.message_id and m.id between v_ids[1] and v_ids[cardinality(v_ids)] offset 0) m
    where m.direction = 'out' and m.status not in ('failed', 'cancelled')
      and r.rank > messaging.rank_of(m.status)
      and (r.status <> 'failed' or messaging.rank_of(m.status) < 5)
  ), history as (
    insert into messaging.message_event (org_id, message_id, status, reason, source, at)
    select p_org, message_id, status, error ->> 'code', 'provider', at from news order by rank
  ), told as (
    insert into messaging.outbox (org_id, account_id, message_id, type, data)
    select p_org, account_id, message_id, 'message_status', jsonb_strip_nulls(jsonb_build_object('messageId', message_id,
      'conversationId', conversation_id, 'accountId', account_id, 'status', status,
      'reason', error ->> 'code', 'at', messaging.iso(at)))
    from news order by rank
  )
  select array_agg(f.message_id order by f.message_id), array_agg(f.status order by f.message_id), array_agg(f.error ->> 'code' order by f.message_id)
    into v_ids, v_statuses, v_codes
    from (select distinct on (n.message_id) n.* from news n order by n.message_id, n.rank desc) f;
  update messaging.message m
    set status = v_statuses[array_position(v_ids, m.id)],
        status_reason = case when v_statuses[array_position(v_ids, m.id)] = 'failed'
                             then coalesce(v_codes[array_position(v_ids, m.id)], 'PROVIDER_FAILED') end,
        updated_at = now(), version = m.version + 1
    where m.org_id = p_org and m.id = any (v_ids) and m.id between v_ids[1] and v_ids[cardinality(v_ids)];
end $$;

-- Receipts that came before their message was known.
create function messaging.match_parked(p_org uuid, p_rows messaging.closing[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_found messaging.step[];
begin
  with known as materialized (
    select t.account_id, t.message_id, unnest(array[t.provider_message_id, t.provider_token]) as provider_message_id
    from unnest(p_rows) r
    cross join lateral (
      select t.* from messaging.attempt t
      where t.org_id = p_org and t.message_id = r.message_id and t.attempt_no = r.attempt_no offset 0) t
  ), met as materialized (
    select k.message_id, r.* from (select distinct * from known) k
    cross join lateral (
      select r.* from messaging.parked_receipt r
      where r.org_id = p_org and r.account_id = k.account_id and r.provider_message_id = k.provider_message_id
      offset 0) r
  ), gone as (
    delete from messaging.parked_receipt r
    where r.org_id = p_org and r.account_id = any (array(select account_id from met))
      and r.provider_message_id = any (array(select provider_message_id from met))
      and exists (select from met x where x.account_id = r.account_id and x.provider_message_id = r.provider_message_id offset 0)
  )
  select array_agg(row(message_id, status, at, error)::messaging.step) into v_found from met;
  if v_found is not null then
    perform messaging.apply_receipts(p_org, v_found);
  end if;
end $$;
