-- K7 and K9: an attempt is closed by evidence only, by the highest token only, in one transaction.

-- Closes attempts as accepted by the provider: `[{messageId, attemptNo, providerMessageId, at, evidence}]`.
-- A message that already got further (a receipt came first) stays where it is.
create function messaging.close_acked(p_org uuid, p_rows jsonb, p_source text) returns void
language plpgsql
set search_path = ''
as $$
begin
  -- One lock order for everybody who changes messages.
  perform 1 from messaging.message
    where org_id = p_org and id in (select (e ->> 'messageId')::uuid from jsonb_array_elements(p_rows) e)
    order by id for no key update;
  with r as materialized (
    select distinct on (e ->> 'messageId') (e ->> 'messageId')::uuid as message_id, (e ->> 'attemptNo')::int as attempt_no,
           nullif(e ->> 'providerMessageId', '') as provider_message_id,
           coalesce((e ->> 'at')::timestamptz, now()) as at, coalesce(e -> 'evidence', '{}') as evidence
    from jsonb_array_elements(p_rows) e
  ), closed as (
    update messaging.attempt t
    set state = 'A', settled_at = now(), provider_message_id = coalesce(r.provider_message_id, t.provider_token),
        evidence = t.evidence || jsonb_build_array(r.evidence || jsonb_build_object('closedBy', p_source))
    from r
    where t.org_id = p_org and t.message_id = r.message_id and t.attempt_no = r.attempt_no and t.state in ('D', 'U')
    returning t.message_id, t.account_id, t.conversation_id, t.provider_message_id, r.at
  ), moved as (
    update messaging.message m
    set status = case when messaging.rank_of(m.status) < 4 then 'server_acked' else m.status end,
        provider_message_id = c.provider_message_id, provider_ts = c.at,
        status_reason = case when messaging.rank_of(m.status) < 4 then null else m.status_reason end,
        updated_at = now(), version = m.version + 1
    from closed c
    where m.org_id = p_org and m.id = c.message_id
    returning m.id, m.status, c.account_id, c.conversation_id, c.provider_message_id, c.at
  ), known as (
    insert into messaging.provider_ref (org_id, account_id, provider_message_id, message_id, conversation_id)
    select p_org, account_id, provider_message_id, message_id, conversation_id from closed
    on conflict do nothing
  ), history as (
    insert into messaging.message_event (org_id, message_id, status, source, at)
    select p_org, id, 'server_acked', p_source, at from moved where status = 'server_acked'
  )
  insert into messaging.outbox (org_id, account_id, message_id, type, data)
  select p_org, account_id, id, 'message_sent', jsonb_build_object('messageId', id,
    'conversationId', conversation_id, 'accountId', account_id, 'status', 'server_acked',
    'providerMessageId', provider_message_id, 'at', messaging.iso(at))
  from moved where status = 'server_acked';

  perform messaging.match_parked(p_org, p_rows);
end $$;

create function messaging.settle_attempts(p jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_account_id uuid := (p ->> 'accountId')::uuid;
  v_acked jsonb;
  v_result jsonb;
begin
  if not channels.holds_lease(v_org, v_account_id, p ->> 'holder', (p ->> 'token')::bigint, false) then
    -- A fenced holder changes nothing, but what it saw may help its successor.
    update messaging.attempt t
      set evidence = t.evidence || jsonb_build_array(jsonb_build_object('stale', true, 'outcome', e ->> 'outcome',
            'providerMessageId', e ->> 'providerMessageId', 'seen', e -> 'evidence', 'token', p -> 'token'))
      from jsonb_array_elements(p -> 'results') e
      where t.org_id = v_org and t.account_id = v_account_id
        and t.message_id = (e ->> 'messageId')::uuid and t.attempt_no = (e ->> 'attemptNo')::int;
    return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;

  -- Only attempts of this account count; ordering keeps the lock order.
  select jsonb_agg(e order by e ->> 'messageId') filter (where e ->> 'outcome' = 'acked') into v_acked
  from jsonb_array_elements(p -> 'results') e
  join messaging.attempt t on t.org_id = v_org and t.account_id = v_account_id
   and t.message_id = (e ->> 'messageId')::uuid and t.attempt_no = (e ->> 'attemptNo')::int;
  if v_acked is not null then
    perform messaging.close_acked(v_org, v_acked, 'channel');
  end if;
  for v_result in
    select e from jsonb_array_elements(p -> 'results') e where e ->> 'outcome' <> 'acked' order by e ->> 'messageId'
  loop
    perform messaging.settle_one(v_org, v_account_id, v_result);
  end loop;
  return jsonb_build_object('ok', true);
end $$;

create function messaging.settle_one(p_org uuid, p_account_id uuid, p_result jsonb) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_id uuid := (p_result ->> 'messageId')::uuid;
  v_outcome text := p_result ->> 'outcome';
  v_error jsonb := coalesce(nullif(p_result -> 'error', 'null'), '{}');
  v_message messaging.message;
  v_attempt messaging.attempt;
begin
  select * into v_message from messaging.message where org_id = p_org and id = v_id for no key update;
  update messaging.attempt
    set state = case v_outcome when 'refused' then 'R' when 'absent' then 'X' else 'U' end,
        settled_at = now(), error = nullif(v_error, '{}'),
        evidence = evidence || jsonb_build_array(coalesce(p_result -> 'evidence', '{}'))
    where org_id = p_org and account_id = p_account_id and message_id = v_id
      and attempt_no = (p_result ->> 'attemptNo')::int and state = 'D'
    returning * into v_attempt;
  if not found or messaging.rank_of(v_message.status) >= 4 then
    return; -- closed before, or a receipt proved more than this result says
  end if;

  if v_outcome = 'unresolved' then
    perform messaging.conclude(p_org, v_id, 'uncertain', coalesce(v_error ->> 'code', 'OUTCOME_UNKNOWN'), 'channel');
  elsif v_outcome = 'absent' then
    perform messaging.settle_absent(p_org, v_message, v_attempt, coalesce(p_result ->> 'blame', 'message') = 'message');
  elsif v_error ->> 'class' = 'recipient' then
    perform messaging.next_route(p_org, v_message, v_error);
  elsif v_error ->> 'class' = 'content' then
    perform messaging.bury(p_org, v_id, v_error);
  elsif v_error ->> 'class' = 'account' then
    update channels.account set blocked_until = greatest(blocked_until, now() + interval '60 seconds'),
        state_reason = v_error ->> 'code', state_detail = v_error ->> 'message', updated_at = now()
      where org_id = p_org and id = p_account_id;
    insert into channels.account_event (org_id, account_id, type, reason, detail)
      values (p_org, p_account_id, 'refused', v_error ->> 'code', v_error);
    perform messaging.retry_or_bury(p_org, v_message, v_error, interval '60 seconds');
  else
    perform messaging.retry_or_bury(p_org, v_message, v_error,
      messaging.backoff(v_message.attempt_count - v_message.absent_count, 2, 60));
  end if;
end $$;

-- Nothing left the process for certain. That costs nothing of the budget, since the provider saw nothing,
-- but each time it takes longer until the next try: a process that is not connected must not spin. Only a
-- message whose own sending fails (`p_blamed`) again and again becomes a dead letter, after about 6 minutes.
create function messaging.settle_absent(p_org uuid, p_message messaging.message, p_attempt messaging.attempt, p_blamed boolean)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_blamed int := p_message.blamed_count + p_blamed::int;
begin
  update messaging.message
    set absent_count = absent_count + 1, blamed_count = v_blamed, updated_at = now()
    where org_id = p_org and id = p_message.id;
  -- The newest few are enough to see what happened.
  delete from messaging.attempt
    where org_id = p_org and message_id = p_message.id and state = 'X' and attempt_no < p_attempt.attempt_no - 5;
  if p_attempt.resend then
    -- Nothing is known of the copy it superseded: that one is the open question again.
    update messaging.attempt set state = 'D', settled_at = null
      where org_id = p_org and message_id = p_message.id and attempt_no = (
        select max(attempt_no) from messaging.attempt
        where org_id = p_org and message_id = p_message.id and state = 'S' and attempt_no < p_attempt.attempt_no);
  elsif v_blamed >= 20 then
    perform messaging.bury(p_org, p_message.id,
      '{"class":"transient","code":"NOT_SENT","message":"Nothing left this process","exhausted":true}');
  else
    perform messaging.requeue(p_org, p_message.id, now() + messaging.backoff(p_message.absent_count + 1, 0.5, 30), 'NOT_SENT');
  end if;
end $$;

create function messaging.retry_or_bury(p_org uuid, p_message messaging.message, p_error jsonb, p_delay interval)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_message.attempt_count - p_message.absent_count >= p_message.attempt_budget then
    perform messaging.bury(p_org, p_message.id, p_error || jsonb_build_object('exhausted', true));
  else
    perform messaging.requeue(p_org, p_message.id, now() + p_delay, coalesce(p_error ->> 'code', 'RETRY'));
  end if;
end $$;

-- The recipient refused for certain: the next identity on the next channel, or the end. Its route and
-- its provider token were frozen at accept; the message keeps its id and takes a place in the other
-- conversation.
create function messaging.next_route(p_org uuid, p_message messaging.message, p_error jsonb) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_route jsonb := p_message.chain -> 0;
  v_conversation messaging.conversation;
begin
  if v_route is null or p_message.attempt_count - p_message.absent_count >= p_message.attempt_budget or not exists (
       select from channels.account where org_id = p_org and id = (v_route ->> 'accountId')::uuid and deleted_at is null) then
    perform messaging.bury(p_org, p_message.id, p_error);
    return;
  end if;
  perform messaging.ensure_conversations(p_org, jsonb_build_array(jsonb_build_object(
    'accountId', v_route -> 'accountId', 'channel', v_route -> 'channel',
    'kind', v_route -> 'recipientKind', 'value', v_route -> 'recipientValue',
    'leadId', (select lead_id from messaging.conversation where org_id = p_org and id = p_message.conversation_id))));
  update messaging.conversation c
    set last_seq = last_seq + 1, last_message_id = p_message.id, last_message_at = now(), updated_at = now()
    from messaging.conversation_address k
    where k.org_id = p_org and k.account_id = (v_route ->> 'accountId')::uuid
      and k.kind = v_route ->> 'recipientKind' and k.value = v_route ->> 'recipientValue'
      and c.org_id = p_org and c.id = k.conversation_id
    returning c.* into v_conversation;
  update messaging.message
    set conversation_id = v_conversation.id, account_id = v_conversation.account_id, channel = v_conversation.channel,
        seq = v_conversation.last_seq, provider_token = coalesce(v_route ->> 'providerToken', provider_token),
        chain = chain - 0, updated_at = now(), version = version + 1
    where org_id = p_org and id = p_message.id;
  perform messaging.put_history(p_org, p_message.id, 'dispatching', 'FALLBACK_' || upper(v_conversation.channel), 'channel');
  perform messaging.requeue(p_org, p_message.id, now(), 'FALLBACK');
  perform messaging.put_event(p_org, v_conversation.account_id, 'conversation_updated',
    jsonb_build_object('conversationId', v_conversation.id, 'messageId', p_message.id), true);
end $$;

-- The recovery list. Reading it is a visit (I13).
create function messaging.open_attempts(p_account_id uuid) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
begin
  update messaging.attempt set visited_at = now(), visits = visits + 1
    where org_id = v_org and account_id = p_account_id and state = 'D';
  return (
    select coalesce(jsonb_agg(messaging.attempt_view(v_org, t.message_id, t.attempt_no) || jsonb_build_object(
      'token', t.fencing_token, 'holder', t.holder, 'evidence', t.evidence,
      'ageMs', floor(extract(epoch from clock_timestamp() - t.started_at) * 1000)) order by t.started_at, t.message_id), '[]')
    from messaging.attempt t
    where t.org_id = v_org and t.account_id = p_account_id and t.state = 'D');
end $$;

-- Class dedup: the same token and bytes again, under a new attempt row. `attempt` is null when the
-- attempt was closed meanwhile; then nothing is sent. A resend is a call as any other: where the account
-- is paused, refused or at its limit it waits, and `waitMs` says how long (I11).
create function messaging.supersede_attempt(p jsonb) returns jsonb
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
    'attempt', messaging.attempt_view(v_org, v_id, v_message.attempt_count + 1));
end $$;

grant execute on function messaging.settle_attempts(jsonb), messaging.open_attempts(uuid),
  messaging.supersede_attempt(jsonb) to rarity_whatsapp;
