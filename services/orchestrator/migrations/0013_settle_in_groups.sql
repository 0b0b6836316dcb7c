-- K7 and K9 for a group at once, found by typed columns (see 0010).

create type messaging.closing as (
  message_id uuid, attempt_no smallint, provider_message_id text, at timestamptz, evidence jsonb);

drop function messaging.close_acked(uuid, jsonb, text);

-- Closes attempts as accepted by the provider, those of `p_account_id` only where it is given. A message
-- that already got further (a receipt came first) stays where it is.
create function messaging.close_acked(p_org uuid, p_account_id uuid, p_rows messaging.closing[], p_source text) returns void
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
    returning t.message_id, t.account_id, t.conversation_id, t.provider_message_id, t.provider_token
  ), known as (
    -- Where the provider keeps our token as its id, the attempt says it already.
    insert into messaging.provider_ref (org_id, account_id, provider_message_id, message_id, conversation_id)
    select p_org, account_id, provider_message_id, message_id, conversation_id from closed
    where provider_message_id <> provider_token
    on conflict do nothing
  )
  select array_agg(message_id), array_agg(provider_message_id) into v_closed, v_provider_ids from closed;

  with moved as (
    update messaging.message m
    set status = case when messaging.rank_of(m.status) < 4 then 'server_acked' else m.status end,
        provider_message_id = v_provider_ids[array_position(v_closed, m.id)],
        provider_ts = v_times[array_position(v_ids, m.id)],
        status_reason = case when messaging.rank_of(m.status) < 4 then null else m.status_reason end,
        updated_at = now(), version = m.version + 1
    where m.org_id = p_org and m.id = any (v_closed) and m.id between v_ids[1] and v_ids[cardinality(v_ids)]
    returning m.id, m.status, m.account_id, m.conversation_id, m.provider_message_id, m.provider_ts as at
  ), history as (
    insert into messaging.message_event (org_id, message_id, status, source, at)
    select p_org, id, 'server_acked', p_source, at from moved where status = 'server_acked'
  )
  insert into messaging.outbox (org_id, account_id, message_id, type, data)
  select p_org, account_id, id, 'message_sent', jsonb_build_object('messageId', id,
    'conversationId', conversation_id, 'accountId', account_id, 'status', 'server_acked',
    'providerMessageId', provider_message_id, 'at', messaging.iso(at))
  from moved where status = 'server_acked';

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
    perform messaging.settle_one(v_org, v_account_id, v_result);
  end loop;
  return jsonb_build_object('ok', true);
end $$;
select app.steady_plans('messaging.settle_attempts(jsonb)');

-- The recovery list. Reading it is a visit (I13).
create or replace function messaging.open_attempts(p_account_id uuid) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_ids uuid[];
begin
  with seen as (
    update messaging.attempt set visited_at = now(), visits = visits + 1
      where org_id = v_org and account_id = p_account_id and state = 'D'
      returning message_id
  )
  select array_agg(message_id) into v_ids from seen;
  return (
    select coalesce(jsonb_agg(v.view || jsonb_build_object(
      'token', t.fencing_token, 'holder', t.holder, 'evidence', t.evidence,
      'ageMs', floor(extract(epoch from clock_timestamp() - t.started_at) * 1000)) order by t.started_at, t.message_id), '[]')
    from messaging.attempt_views(v_org, v_ids) v
    cross join lateral (
      select t.* from messaging.attempt t
      where t.org_id = v_org and t.message_id = v.message_id and t.attempt_no = v.attempt_no offset 0) t);
end $$;
select app.steady_plans('messaging.open_attempts(uuid)');

-- Class dedup: the same token and bytes again, under a new attempt row. `attempt` is null when the
-- attempt was closed meanwhile; then nothing is sent. A resend is a call as any other: where the account
-- is paused, refused or at its limit it waits, and `waitMs` says how long (I11).
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

drop function messaging.attempt_view(uuid, uuid, int);
