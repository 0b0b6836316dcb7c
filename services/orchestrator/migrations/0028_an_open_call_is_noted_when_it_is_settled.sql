-- A claim leaves the message alone (0029). The attempt is the record that is written ahead of the call, and says all
-- there is to say: the message's row was written at every claim only to be written again a moment later. It
-- learns of the call when that is settled, in the same write; until then an open attempt that the message has
-- not counted says that it is dispatching, and since when.

-- The message's steps, with the call it has not noted yet.
create function messaging.history_with_call(m messaging.message, p_started timestamptz) returns messaging.history_step[]
language sql immutable
as $$
  select case when m.attempt_count > 0 or p_started is null then m.history
    else m.history || row('dispatching', null, 'channel', p_started)::messaging.history_step end
$$;

-- Where the message stands. For whoever shows it: with the caller's rights.
create function messaging.status_of(m messaging.message) returns text
language sql stable
as $$
  select case when m.status in ('accepted', 'queued') and exists (
      select from messaging.attempt d where d.org_id = m.org_id and d.message_id = m.id and d.state = 'D')
    then 'dispatching' else m.status end
$$;

create or replace view messaging.message_event with (security_invoker = true) as
  select m.org_id, m.id as message_id, h.n as id, h.status, h.reason, h.source, h.at
  from messaging.message m
  cross join lateral unnest(messaging.history_with_call(m, (
    select d.started_at from messaging.attempt d
    where d.org_id = m.org_id and d.message_id = m.id and d.state = 'D'
  ))) with ordinality as h (status, reason, source, at, n);
grant execute on function messaging.status_of(messaging.message),
  messaging.history_with_call(messaging.message, timestamptz) to rarity_orchestrator;

-- Writes the open calls of these messages into them, for what happens next is decided by what they say.
create function messaging.note_calls(p_org uuid, p_message_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_first uuid := (select x from unnest(p_message_ids) x order by x limit 1);
  v_last uuid := (select x from unnest(p_message_ids) x order by x desc limit 1);
begin
  -- One lock order for everybody who changes messages.
  perform 1 from messaging.message
    where org_id = p_org and id = any (p_message_ids) and id between v_first and v_last
    order by id for no key update;
  update messaging.message m
    set attempt_count = d.attempt_no, updated_at = now(),
        status = case when m.status in ('accepted', 'queued') then 'dispatching' else m.status end,
        history = messaging.history_with_call(m, d.started_at)
    from messaging.attempt d
    where d.org_id = p_org and d.message_id = any (p_message_ids) and d.state = 'D'
      and m.org_id = p_org and m.id = d.message_id and m.id between v_first and v_last
      and m.attempt_count < d.attempt_no;
end $$;

-- K7, K8 and K9: an accepted call is noted and closed in one write.
create or replace function messaging.close_acked(p_org uuid, p_account_id uuid, p_rows messaging.closing[],
                                                 p_source text) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_ids uuid[];
  v_numbers smallint[];
  v_provider_ids text[];
  v_times timestamptz[];
  v_evidence jsonb[];
  v_closed uuid[];
  v_started timestamptz[];
begin
  select array_agg(r.message_id), array_agg(r.attempt_no), array_agg(r.provider_message_id), array_agg(r.at),
         array_agg(jsonb_build_array(r.evidence || jsonb_build_object('closedBy', p_source)))
    into v_ids, v_numbers, v_provider_ids, v_times, v_evidence
    from (select distinct on (x.message_id) x.* from unnest(p_rows) x order by x.message_id) r;
  -- One lock order for everybody who changes messages.
  perform 1 from messaging.message
    where org_id = p_org and id = any (v_ids) and id between v_ids[1] and v_ids[cardinality(v_ids)]
    order by id for no key update;
  with closed as (
    update messaging.attempt t
    set state = 'A', settled_at = now(),
        provider_message_id = coalesce(v_provider_ids[array_position(v_ids, t.message_id)], t.provider_token),
        evidence = t.evidence || v_evidence[array_position(v_ids, t.message_id)]
    where t.org_id = p_org and t.message_id = any (v_ids) and t.state in ('D', 'U')
      and t.attempt_no = v_numbers[array_position(v_ids, t.message_id)]
      and (p_account_id is null or t.account_id = p_account_id)
    returning t.message_id, t.account_id, t.conversation_id, t.provider_message_id, t.provider_token, t.started_at
  ), known as (
    -- Where the provider keeps our token as its id, the attempt says it already.
    insert into messaging.provider_ref (org_id, account_id, provider_message_id, message_id, conversation_id)
    select p_org, account_id, provider_message_id, message_id, conversation_id from closed
    where provider_message_id <> provider_token
    on conflict do nothing
  )
  select array_agg(message_id), array_agg(provider_message_id), array_agg(started_at)
    into v_closed, v_provider_ids, v_started from closed;

  with moved as (
    update messaging.message m
    set status = case when messaging.rank_of(m.status) < 4 then 'server_acked' else m.status end,
        provider_message_id = v_provider_ids[array_position(v_closed, m.id)],
        provider_ts = v_times[array_position(v_ids, m.id)],
        status_reason = case when messaging.rank_of(m.status) < 4 then null else m.status_reason end,
        attempt_count = greatest(m.attempt_count, v_numbers[array_position(v_ids, m.id)]),
        history = case when messaging.rank_of(m.status) > 4 then m.history
          else messaging.history_with_call(m, v_started[array_position(v_closed, m.id)]) || row('server_acked', null, p_source, v_times[array_position(v_ids, m.id)])::messaging.history_step end,
        updated_at = now(), version = m.version + 1
    where m.org_id = p_org and m.id = any (v_closed) and m.id between v_ids[1] and v_ids[cardinality(v_ids)]
    returning m.id, m.status, m.account_id, m.conversation_id, m.provider_message_id, m.provider_ts as at
  )
  insert into messaging.outbox (org_id, events)
  select p_org, ('[' || string_agg(messaging.event_text('message_sent', account_id, format(
    '{"messageId":"%s","conversationId":"%s","accountId":"%s","status":"server_acked","providerMessageId":%s,"at":"%s"}',
    id, conversation_id, account_id, coalesce(to_json(provider_message_id)::text, 'null'), messaging.iso(at))), ',' order by id) || ']')::json
  from moved where status = 'server_acked' having count(*) > 0;

  if exists (select from messaging.parked_receipt where org_id = p_org) then
    perform messaging.match_parked(p_org, p_rows);
  end if;
end $$;

create or replace function messaging.settle_attempts(p jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_account_id uuid := (p ->> 'accountId')::uuid;
  v_acked messaging.closing[];
  v_result jsonb;
begin
  if not channels.holds_lease(v_org, v_account_id, p ->> 'holder', (p ->> 'token')::bigint, false) then
    -- A fenced holder changes nothing, but what it saw may help its successor.
    for v_result in select e from jsonb_array_elements(p -> 'results') e order by e ->> 'messageId' loop
      update messaging.attempt t
        set evidence = t.evidence || jsonb_build_array(jsonb_build_object('stale', true, 'outcome', v_result ->> 'outcome',
              'providerMessageId', v_result ->> 'providerMessageId', 'seen', v_result -> 'evidence', 'token', p -> 'token'))
        where t.org_id = v_org and t.account_id = v_account_id and t.message_id = (v_result ->> 'messageId')::uuid
          and t.attempt_no = (v_result ->> 'attemptNo')::smallint;
    end loop;
    return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;

  -- Sorted as the locks are taken.
  select array_agg(row(r."messageId", r."attemptNo", nullif(r."providerMessageId", ''), coalesce(r.at, now()),
                       coalesce(r.evidence, '{}'))::messaging.closing order by r."messageId")
    into v_acked
    from jsonb_to_recordset(p -> 'results')
      as r ("messageId" uuid, "attemptNo" smallint, outcome text, "providerMessageId" text, at timestamptz, evidence jsonb)
    where r.outcome = 'acked';
  if v_acked is not null then
    perform messaging.close_acked(v_org, v_account_id, v_acked, 'channel');
  end if;
  for v_result in
    select e from jsonb_array_elements(p -> 'results') e where e ->> 'outcome' <> 'acked' order by e ->> 'messageId'
  loop
    perform messaging.note_calls(v_org, array[(v_result ->> 'messageId')::uuid]);
    perform messaging.settle_one(v_org, v_account_id, v_result);
  end loop;
  return jsonb_build_object('ok', true);
end $$;
select app.steady_plans('messaging.settle_attempts(jsonb)');

create or replace function messaging.supersede_attempt(p jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_account_id uuid := (p ->> 'accountId')::uuid;
  v_id uuid := (p ->> 'messageId')::uuid;
  v_old messaging.attempt;
  v_message messaging.message;
  v_account channels.account;
  v_until timestamptz;
begin
  if not channels.holds_lease(v_org, v_account_id, p ->> 'holder', (p ->> 'token')::bigint, true) then
    return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;
  select * into v_account from channels.account where org_id = v_org and id = v_account_id for no key update;
  perform messaging.note_calls(v_org, array[v_id]);
  select * into v_message from messaging.message where org_id = v_org and id = v_id for no key update;
  select * into v_old from messaging.attempt
    where org_id = v_org and message_id = v_id and attempt_no = (p ->> 'attemptNo')::int
      and account_id = v_account_id and state = 'D' for update;
  if v_old.message_id is null or messaging.rank_of(v_message.status) >= 4 then
    return jsonb_build_object('ok', true, 'attempt', null);
  end if;
  if v_message.attempt_count - v_message.absent_count >= v_message.attempt_budget then
    update messaging.attempt set state = 'U', settled_at = now()
      where org_id = v_org and message_id = v_id and attempt_no = v_old.attempt_no;
    perform messaging.conclude(v_org, v_id, 'uncertain', 'ATTEMPTS_EXHAUSTED', 'channel');
    return jsonb_build_object('ok', true, 'attempt', null);
  end if;

  select greatest(v_account.blocked_until, case when v_account.paused then now() + interval '30 seconds' end,
                  case when b.allowed < 1 then coalesce(b.until, now()) + interval '1 second' end)
    into v_until from messaging.budget(v_account_id, 1) b;
  if v_until > now() then
    return jsonb_build_object('ok', true, 'attempt', null,
      'waitMs', ceil(extract(epoch from v_until - clock_timestamp()) * 1000));
  end if;

  update messaging.attempt set state = 'S', settled_at = now()
    where org_id = v_org and message_id = v_id and attempt_no = v_old.attempt_no;
  update messaging.message set attempt_count = attempt_count + 1, updated_at = now()
    where org_id = v_org and id = v_id;
  insert into messaging.attempt (org_id, message_id, attempt_no, account_id, conversation_id, state, holder,
                                 fencing_token, provider_token, resend)
    values (v_org, v_id, v_message.attempt_count + 1, v_account_id, v_old.conversation_id, 'D', p ->> 'holder',
            (p ->> 'token')::bigint, v_old.provider_token, true);
  perform channels.spend_usage(v_org, v_account_id, 1, 0);
  return jsonb_build_object('ok', true, 'attemptNo', v_message.attempt_count + 1,
    'attempt', (select v.view from messaging.attempt_views(v_org, array[v_id]) v));
end $$;
select app.steady_plans('messaging.supersede_attempt(jsonb)');

create or replace function messaging.record_receipts(p jsonb, p_traced boolean default false) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_open messaging.closing[];
  v_matched messaging.step[];
  v_failed boolean;
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
           filter (where message_id is not null),
         bool_or(status = 'failed')
    into v_open, v_matched, v_failed from found;

  if v_open is not null then
    perform messaging.close_acked(v_org, null, v_open, 'provider');
  end if;
  -- What failed may still be an open call: that is the step before.
  if v_failed then
    perform messaging.note_calls(v_org, array(select s.message_id from unnest(v_matched) s));
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

create or replace function messaging.cancel_message(p_message_id uuid, p_reason text default 'CANCELLED_BY_USER') returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_status text;
begin
  delete from messaging.send_queue where org_id = v_org and message_id = p_message_id;
  if found then
    perform messaging.conclude(v_org, p_message_id, 'cancelled', p_reason, 'person');
    return jsonb_build_object('ok', true, 'id', p_message_id, 'status', 'cancelled');
  end if;
  select messaging.status_of(m) into v_status from messaging.message m
    where org_id = v_org and id = p_message_id and direction = 'out';
  if v_status is null then
    return jsonb_build_object('ok', false, 'code', 'NOT_FOUND');
  end if;
  return jsonb_build_object('ok', v_status = 'cancelled', 'id', p_message_id, 'status', v_status,
    'code', case when v_status <> 'cancelled' then 'CONFLICT' end);
end $$;
