-- K8: receipts. Monotone, in any order, any number of times.

-- With `p_traced` the answer names the traces the messages were accepted in.
create function messaging.record_receipts(p jsonb, p_traced boolean default false) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_rows jsonb;
  v_open jsonb;
  v_matched jsonb;
begin
  -- A provider id is known from an ack, or is a token we chose ourselves.
  select jsonb_agg(e || jsonb_strip_nulls(jsonb_build_object('messageId', coalesce(r.message_id, t.message_id),
                                                            'attemptNo', t.attempt_no, 'state', t.state)))
  into v_rows
  from jsonb_array_elements(p) e
  left join lateral (
    select k.message_id from messaging.provider_ref k
    where k.org_id = v_org and k.account_id = (e ->> 'accountId')::uuid
      and k.provider_message_id = e ->> 'providerMessageId' limit 1) r on true
  left join lateral (
    select a.message_id, a.attempt_no, a.state from messaging.attempt a
    where a.org_id = v_org and a.account_id = (e ->> 'accountId')::uuid
      and a.provider_token = e ->> 'providerMessageId'
    order by a.attempt_no desc limit 1) t on true;

  -- A receipt proves that the server has the message, whatever its kind.
  select jsonb_agg(jsonb_build_object('messageId', e -> 'messageId', 'attemptNo', e -> 'attemptNo',
           'providerMessageId', e -> 'providerMessageId', 'at', e -> 'at',
           'evidence', jsonb_build_object('receipt', e -> 'status')))
  into v_open from jsonb_array_elements(v_rows) e
  where e ->> 'state' in ('D', 'U') and e ->> 'status' <> 'failed';
  if v_open is not null then
    perform messaging.close_acked(v_org, v_open, 'provider');
  end if;

  select jsonb_agg(e) into v_matched from jsonb_array_elements(v_rows) e where e ? 'messageId';
  if v_matched is not null then
    perform messaging.apply_receipts(v_org, v_matched);
  end if;
  insert into messaging.parked_receipt (org_id, account_id, provider_message_id, status, at, error)
  select v_org, (e ->> 'accountId')::uuid, e ->> 'providerMessageId', e ->> 'status',
         coalesce((e ->> 'at')::timestamptz, now()), nullif(e -> 'error', 'null')
  from jsonb_array_elements(v_rows) e where not e ? 'messageId'
  on conflict do nothing;
  return jsonb_build_object('ok', true, 'matched', coalesce(jsonb_array_length(v_matched), 0),
    'traces', case when p_traced then (
      select jsonb_agg(jsonb_build_object('messageId', m.id, 'status', e ->> 'status', 'traceparent', m.traceparent))
      from jsonb_array_elements(v_matched) e
      join messaging.message m on m.org_id = v_org and m.id = (e ->> 'messageId')::uuid
      where m.traceparent is not null) end);
end $$;

-- `[{messageId, status, at, error?}]`: the furthest status of each message wins; history keeps each
-- step that was news.
create function messaging.apply_receipts(p_org uuid, p_rows jsonb) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform 1 from messaging.message
    where org_id = p_org and id in (select (e ->> 'messageId')::uuid from jsonb_array_elements(p_rows) e)
    order by id for no key update;
  with r as materialized (
    select distinct on (e ->> 'messageId', e ->> 'status')
           (e ->> 'messageId')::uuid as message_id, e ->> 'status' as status,
           coalesce((e ->> 'at')::timestamptz, now()) as at, e -> 'error' as error,
           messaging.rank_of(e ->> 'status') as rank
    from jsonb_array_elements(p_rows) e
    order by e ->> 'messageId', e ->> 'status', e ->> 'at'
  ), news as materialized (
    -- A failure after the person's phone has it, or after a final state, is not news.
    select r.*, m.conversation_id, m.account_id
    from r join messaging.message m on m.org_id = p_org and m.id = r.message_id
    where m.direction = 'out' and m.status not in ('failed', 'cancelled')
      and r.rank > messaging.rank_of(m.status)
      and (r.status <> 'failed' or messaging.rank_of(m.status) < 5)
  ), furthest as (
    select distinct on (message_id) * from news order by message_id, rank desc
  ), moved as (
    update messaging.message m
    set status = f.status, status_reason = case when f.status = 'failed' then coalesce(f.error ->> 'code', 'PROVIDER_FAILED') end,
        updated_at = now(), version = m.version + 1
    from furthest f where m.org_id = p_org and m.id = f.message_id
  ), history as (
    insert into messaging.message_event (org_id, message_id, status, reason, source, at)
    select p_org, message_id, status, error ->> 'code', 'provider', at from news order by rank
  )
  insert into messaging.outbox (org_id, account_id, message_id, type, data)
  select p_org, account_id, message_id, 'message_status', jsonb_strip_nulls(jsonb_build_object('messageId', message_id,
    'conversationId', conversation_id, 'accountId', account_id, 'status', status,
    'reason', error ->> 'code', 'at', messaging.iso(at)))
  from news order by rank;
end $$;

-- Receipts that came before their message was known.
create function messaging.match_parked(p_org uuid, p_rows jsonb) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_found jsonb;
begin
  with gone as (
    delete from messaging.parked_receipt r
    using messaging.attempt t, jsonb_array_elements(p_rows) e
    where t.org_id = p_org and t.message_id = (e ->> 'messageId')::uuid and t.attempt_no = (e ->> 'attemptNo')::int
      and r.org_id = p_org and r.account_id = t.account_id
      and r.provider_message_id in (t.provider_message_id, t.provider_token)
    returning t.message_id, r.status, r.at, r.error
  )
  select jsonb_agg(jsonb_build_object('messageId', message_id, 'status', status, 'at', at, 'error', error))
    into v_found from gone;
  if v_found is not null then
    perform messaging.apply_receipts(p_org, v_found);
  end if;
end $$;

grant execute on function messaging.record_receipts(jsonb, boolean) to rarity_whatsapp;
