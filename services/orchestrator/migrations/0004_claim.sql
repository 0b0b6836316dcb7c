-- K3, T1: the attempt is written and committed before one byte goes out.

-- What the driver gets: frozen content, with what a provider needs to point at other messages.
create function messaging.attempt_view(p_org uuid, p_message_id uuid, p_attempt_no int) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'messageId', m.id, 'attemptNo', t.attempt_no, 'conversationId', m.conversation_id,
    'providerToken', t.provider_token, 'lane', (array['reply', 'followup', 'opener', 'bulk'])[coalesce(m.lane, 2) + 1],
    'recipient', jsonb_build_object('kind', c.recipient_kind, 'value', c.recipient_value, 'alt', c.alt_value,
                                    'altKind', c.alt_kind),
    'content', m.content
      || coalesce((select jsonb_build_object('contentType', d.content_type, 'sizeBytes', d.size_bytes,
                     'sha256', d.sha256, 'storageKey', d.storage_key)
                   from messaging.media d where d.org_id = p_org and d.id = (m.content ->> 'mediaId')::uuid), '{}')
      || case when m.content ->> 'type' = 'reaction' and r.id is not null
              then jsonb_build_object('target', jsonb_build_object('providerMessageId',
                     coalesce(r.provider_message_id, r.provider_token), 'fromMe', r.direction = 'out'))
              else '{}' end,
    'quoted', case when m.reply_to is not null and r.id is not null then jsonb_strip_nulls(jsonb_build_object(
       'providerMessageId', coalesce(r.provider_message_id, r.provider_token), 'fromMe', r.direction = 'out',
       'text', coalesce(r.content ->> 'text', r.content ->> 'caption'))) end,
    'traceparent', m.traceparent, 'startedAt', messaging.iso(t.started_at)))
    || jsonb_build_object('stranger', c.first_inbound_at is null and m.seq = 1,
                          'triesLeft', m.attempt_budget - m.attempt_count + m.absent_count)
  from messaging.attempt t
  join messaging.message m on m.org_id = p_org and m.id = t.message_id
  join messaging.conversation c on c.org_id = p_org and c.id = m.conversation_id
  left join messaging.message r
    on r.org_id = p_org and r.id = coalesce(m.reply_to, (m.content ->> 'targetMessageId')::uuid)
  where t.org_id = p_org and t.message_id = p_message_id and t.attempt_no = p_attempt_no
$$;

-- How much may leave now, and what holds the rest back.
create function messaging.budget(p_account_id uuid, p_max int,
  out allowed int, out strangers int, out reason text, out until timestamptz)
language plpgsql stable
set search_path = ''
as $$
declare
  v_window record;
  v_left int;
begin
  allowed := p_max;
  strangers := p_max;
  for v_window in select * from channels.limit_windows(p_account_id) where cap is not null loop
    v_left := greatest(v_window.cap - v_window.used, 0);
    if v_window.name = 'strangersPerDay' then
      strangers := v_left;
      if v_left = 0 and reason is null then
        reason := 'LIMIT_STRANGERS_PER_DAY';
        until := v_window.resets_at;
      end if;
    elsif v_left < allowed then
      allowed := v_left;
      if v_left = 0 then
        reason := 'LIMIT_' || case v_window.name when 'warmUp' then 'WARM_UP' else 'PER_' || upper(v_window.name) end;
        until := greatest(coalesce(v_window.resets_at, now()), now());
      end if;
    end if;
  end loop;
end $$;

-- An opt-out that was committed before the claim means no call at all.
create function messaging.drop_opted_out(p_org uuid, p_account_id uuid) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_id uuid;
begin
  for v_id in
    delete from messaging.send_queue q
    using messaging.conversation c
    where q.org_id = p_org and q.account_id = p_account_id and c.org_id = p_org
      and c.id = q.conversation_id and c.opted_out_at is not null
    returning q.message_id
  loop
    perform messaging.conclude(p_org, v_id, 'cancelled', 'OPTED_OUT', 'system');
  end loop;
end $$;

create function messaging.claim_attempts(p jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_account_id uuid := (p ->> 'accountId')::uuid;
  v_holder text := p ->> 'holder';
  v_token bigint := (p ->> 'token')::bigint;
  v_max int := least(greatest(coalesce((p ->> 'max')::int, 1), 1), 500);
  v_account channels.account;
  v_budget record;
  v_claimed jsonb;
  v_waiting text;
  v_due timestamptz;
begin
  if not channels.holds_lease(v_org, v_account_id, v_holder, v_token, true) then
    return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;
  -- Serialises the claims of one account, so that two of them cannot spend the same budget.
  select * into v_account from channels.account
    where org_id = v_org and id = v_account_id for no key update;
  if v_account.logout_requested_at is not null then
    return jsonb_build_object('ok', false, 'code', 'LOGOUT_REQUESTED');
  end if;
  if v_account.paused or v_account.state in ('paused', 'logged_out', 'restricted', 'failed') then
    return jsonb_build_object('ok', false, 'code', case when v_account.paused then 'ACCOUNT_PAUSED'
      else 'ACCOUNT_' || upper(v_account.state) end);
  end if;
  if exists (select from messaging.conversation c where c.org_id = v_org and c.account_id = v_account_id
             and c.opted_out_at is not null) then
    perform messaging.drop_opted_out(v_org, v_account_id);
  end if;

  select * into v_budget from messaging.budget(v_account_id, v_max);
  if v_account.blocked_until > now() then
    v_budget.allowed := 0;
    v_waiting := 'ACCOUNT_REFUSED';
    v_due := v_account.blocked_until;
  else
    v_waiting := v_budget.reason;
    v_due := v_budget.until;
  end if;

  v_claimed := messaging.take_heads(v_org, v_account_id, v_holder, v_token, v_budget.allowed, v_budget.strangers);
  if jsonb_array_length(v_claimed) = v_max then
    v_due := now();
    v_waiting := null;
  elsif v_budget.allowed > jsonb_array_length(v_claimed) then
    -- Not the whole account is held back: what is due next decides, a full stranger cap only delays strangers.
    select least(case when v_waiting = 'LIMIT_STRANGERS_PER_DAY' then v_due end, min(q.due_at) filter (where q.due_at > now()))
      into v_due
      from messaging.send_queue q where q.org_id = v_org and q.account_id = v_account_id;
    if not exists (select from messaging.send_queue q where q.org_id = v_org and q.account_id = v_account_id
                   and q.due_at <= now()) then
      v_waiting := null;
    end if;
  end if;
  return jsonb_build_object('ok', true, 'attempts', v_claimed, 'waiting', v_waiting,
    'nextDueAt', messaging.iso(v_due),
    'nextDueInMs', greatest(0, ceil(extract(epoch from v_due - clock_timestamp()) * 1000)));
end $$;

-- The heads of the conversations, best lane first, then in accept order. A message scheduled for later
-- does not hold back its conversation; one that waits for a retry does.
create function messaging.take_heads(p_org uuid, p_account_id uuid, p_holder text, p_token bigint,
                                     p_allowed int, p_strangers int) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_ids uuid[];
  v_strangers int;
  v_result jsonb;
begin
  if p_allowed <= 0 then
    return '[]';
  end if;
  with locked as materialized (
    select q.message_id, q.conversation_id, q.lane, c.first_inbound_at is null and c.first_sent_at is null as stranger
    from messaging.send_queue q
    join messaging.conversation c on c.org_id = p_org and c.id = q.conversation_id
    where q.org_id = p_org and q.account_id = p_account_id and q.due_at <= now()
      and (p_strangers > 0 or c.first_inbound_at is not null or c.first_sent_at is not null)
      and not exists (
        select from messaging.send_queue b
        where b.org_id = p_org and b.conversation_id = q.conversation_id and b.seq < q.seq
          and (b.scheduled_at is null or b.scheduled_at <= now()))
      and not exists (
        select from messaging.attempt d
        where d.org_id = p_org and d.conversation_id = q.conversation_id and d.state = 'D')
    order by q.lane, q.message_id
    limit p_allowed
    for update of q skip locked
  ), counted as (
    select *, count(*) filter (where stranger) over (order by lane, message_id) as nth_stranger from locked
  )
  select array_agg(message_id order by lane, message_id), count(*) filter (where stranger)
    into v_ids, v_strangers
    from counted where not stranger or nth_stranger <= p_strangers;
  if v_ids is null then
    return '[]';
  end if;

  delete from messaging.send_queue where org_id = p_org and message_id = any (v_ids);
  with begun as (
    update messaging.message m
    set attempt_count = m.attempt_count + 1, updated_at = now(),
        status = case when m.status in ('accepted', 'queued') then 'dispatching' else m.status end
    where m.org_id = p_org and m.id = any (v_ids)
    returning m.id, m.conversation_id, m.attempt_count, m.provider_token
  ), written as (
    insert into messaging.attempt (org_id, message_id, attempt_no, account_id, conversation_id, state, holder,
                                   fencing_token, provider_token)
    select p_org, id, attempt_count, p_account_id, conversation_id, 'D', p_holder, p_token, provider_token from begun
  )
  insert into messaging.message_event (org_id, message_id, status, source)
  select p_org, id, 'dispatching', 'channel' from begun where attempt_count = 1;
  perform channels.spend_usage(p_org, p_account_id, cardinality(v_ids), v_strangers);

  select coalesce(jsonb_agg(messaging.attempt_view(p_org, t.message_id, t.attempt_no)
                    || jsonb_build_object('stranger', c.first_inbound_at is null and c.first_sent_at is null)
                  order by array_position(v_ids, t.message_id)), '[]')
    into v_result
    from messaging.attempt t
    join messaging.conversation c on c.org_id = p_org and c.id = t.conversation_id
    where t.org_id = p_org and t.message_id = any (v_ids) and t.state = 'D';
  if v_strangers > 0 then
    update messaging.conversation c set first_sent_at = now()
      from messaging.attempt t
      where c.org_id = p_org and t.org_id = p_org and t.message_id = any (v_ids) and t.state = 'D'
        and c.id = t.conversation_id and c.first_sent_at is null;
  end if;
  return v_result;
end $$;

grant execute on function messaging.claim_attempts(jsonb) to rarity_whatsapp;
