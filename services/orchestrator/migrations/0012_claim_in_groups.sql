-- K3 for a group at once, found by typed columns (see 0010), and nothing locked where nothing is due.

-- As 0010: an attempt is written in the transaction that updates its message.
alter table messaging.attempt drop constraint attempt_org_id_message_id_fkey;

-- What the driver gets for the open attempts of these messages: frozen content, with what a provider
-- needs to point at other messages.
create function messaging.attempt_views(p_org uuid, p_message_ids uuid[])
returns table (message_id uuid, attempt_no smallint, conversation_id uuid, view jsonb)
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_first uuid := (select x from unnest(p_message_ids) x order by x limit 1);
  v_last uuid := (select x from unnest(p_message_ids) x order by x desc limit 1);
begin
  return query
  with x as materialized (
    select t.attempt_no, t.started_at, m.*, t.provider_token as sent_token, (m.content ->> 'mediaId')::uuid as media_id,
           coalesce(m.reply_to, (m.content ->> 'targetMessageId')::uuid) as points_to
    from messaging.attempt t
    cross join lateral (
      select m.* from messaging.message m
      where m.org_id = p_org and m.id = t.message_id and m.id between v_first and v_last offset 0) m
    where t.org_id = p_org and t.message_id = any (p_message_ids) and t.state = 'D'
  )
  select x.id, x.attempt_no, x.conversation_id, jsonb_strip_nulls(jsonb_build_object(
    'messageId', x.id, 'attemptNo', x.attempt_no, 'conversationId', x.conversation_id,
    'providerToken', x.sent_token, 'lane', (array['reply', 'followup', 'opener', 'bulk'])[coalesce(x.lane, 2) + 1],
    'recipient', jsonb_build_object('kind', c.recipient_kind, 'value', c.recipient_value, 'alt', c.alt_value,
                                    'altKind', c.alt_kind),
    'content', case when d.id is null then x.content
        else x.content || jsonb_build_object('contentType', d.content_type, 'sizeBytes', d.size_bytes,
                                             'sha256', d.sha256, 'storageKey', d.storage_key) end
      || case when r.id is not null and x.content ->> 'type' = 'reaction'
              then jsonb_build_object('target', jsonb_build_object('providerMessageId',
                     coalesce(r.provider_message_id, r.provider_token), 'fromMe', r.direction = 'out'))
              else '{}' end,
    'quoted', case when r.id is not null and x.reply_to is not null then jsonb_build_object(
       'providerMessageId', coalesce(r.provider_message_id, r.provider_token), 'fromMe', r.direction = 'out',
       'text', coalesce(r.content ->> 'text', r.content ->> 'caption')) end,
    'traceparent', x.traceparent, 'startedAt', messaging.iso(x.started_at),
    'stranger', c.first_inbound_at is null and x.seq = 1,
    'triesLeft', x.attempt_budget - x.attempt_count + x.absent_count))
  from x
  cross join lateral (
    select c.* from messaging.conversation c where c.org_id = p_org and c.id = x.conversation_id offset 0) c
  left join lateral (
    select r.* from messaging.message r where r.org_id = p_org and r.id = x.points_to offset 0) r on true
  left join lateral (
    select d.* from messaging.media d where d.org_id = p_org and d.id = x.media_id offset 0) d on true;
end $$;

create or replace function messaging.claim_attempts(p jsonb) returns jsonb
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
  if not exists (select from messaging.send_queue q
                 where q.org_id = v_org and q.account_id = v_account_id and q.due_at <= now()) then
    return messaging.claim_nothing(v_org, v_account_id, v_holder, v_token);
  end if;
  if not channels.holds_lease(v_org, v_account_id, v_holder, v_token, true) then
    return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;
  -- Serialises the claims of one account, so that two of them cannot spend the same budget.
  select * into v_account from channels.account
    where org_id = v_org and id = v_account_id for no key update;
  if messaging.claim_refusal(v_account) is not null then
    return jsonb_build_object('ok', false, 'code', messaging.claim_refusal(v_account));
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
    -- What is due and still there waits for an earlier message of its conversation, which anybody may close.
    select least(case when v_waiting = 'LIMIT_STRANGERS_PER_DAY' then v_due end,
                 min(q.due_at) filter (where q.due_at > now()),
                 case when v_waiting is null and bool_or(q.due_at <= now()) then now() + interval '250 milliseconds' end),
           case when bool_or(q.due_at <= now()) then v_waiting end
      into v_due, v_waiting
      from messaging.send_queue q where q.org_id = v_org and q.account_id = v_account_id;
  elsif v_waiting is null then
    v_due := now(); -- the budget is used up to the last one: the next claim says until when
  end if;
  return messaging.claim_answer(v_claimed, v_waiting, v_due);
end $$;
select app.steady_plans('messaging.claim_attempts(jsonb)');

create function messaging.claim_answer(p_attempts jsonb, p_waiting text, p_due timestamptz) returns jsonb
language sql volatile
as $$
  select jsonb_build_object('ok', true, 'attempts', p_attempts, 'waiting', p_waiting, 'nextDueAt', messaging.iso(p_due),
    'nextDueInMs', case when p_due is not null then
      greatest(0, ceil(extract(epoch from p_due - clock_timestamp()) * 1000)) end)
$$;

-- Why nothing of this account may leave, or null.
create function messaging.claim_refusal(p_account channels.account) returns text
language sql immutable
as $$
  select case
    when p_account.logout_requested_at is not null then 'LOGOUT_REQUESTED'
    when p_account.paused then 'ACCOUNT_PAUSED'
    when p_account.state in ('paused', 'logged_out', 'restricted', 'failed') then 'ACCOUNT_' || upper(p_account.state)
  end
$$;

-- Most claims find an empty queue. They ask the same questions and lock nothing: nothing is written, so
-- nothing has to be kept still until a commit.
create function messaging.claim_nothing(p_org uuid, p_account_id uuid, p_holder text, p_token bigint) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_account channels.account;
begin
  if not exists (
       select from channels.account_lease
       where org_id = p_org and account_id = p_account_id and holder = p_holder and token = p_token
         and expires_at > clock_timestamp()) then
    return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;
  select * into v_account from channels.account where org_id = p_org and id = p_account_id;
  if messaging.claim_refusal(v_account) is not null then
    return jsonb_build_object('ok', false, 'code', messaging.claim_refusal(v_account));
  end if;
  return messaging.claim_answer('[]', null, (
    select min(q.due_at) from messaging.send_queue q where q.org_id = p_org and q.account_id = p_account_id));
end $$;

-- The heads of the conversations, best lane first, then in accept order. A message scheduled for later
-- does not hold back its conversation; one that waits for a retry does.
create or replace function messaging.take_heads(p_org uuid, p_account_id uuid, p_holder text, p_token bigint,
                                     p_allowed int, p_strangers int) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_ids uuid[];
  v_sorted uuid[];
  v_strangers uuid[];
  v_started timestamptz;
  v_result jsonb;
begin
  if p_allowed <= 0 then
    return '[]';
  end if;
  with locked as materialized (
    select q.message_id, q.conversation_id, q.lane, c.first_inbound_at is null and c.first_sent_at is null as stranger
    from messaging.send_queue q
    cross join lateral (
      select c.first_inbound_at, c.first_sent_at from messaging.conversation c
      where c.org_id = p_org and c.id = q.conversation_id offset 0) c
    where q.org_id = p_org and q.account_id = p_account_id and q.due_at <= now()
      and (p_strangers > 0 or c.first_inbound_at is not null or c.first_sent_at is not null)
      and not exists (
        select from messaging.send_queue b
        where b.org_id = p_org and b.conversation_id = q.conversation_id and b.seq < q.seq
          and (b.scheduled_at is null or b.scheduled_at <= now()) offset 0)
      and not exists (
        select from messaging.attempt d
        where d.org_id = p_org and d.conversation_id = q.conversation_id and d.state = 'D' offset 0)
    order by q.lane, q.message_id
    limit p_allowed
    for update of q skip locked
  ), counted as (
    select *, count(*) filter (where stranger) over (order by lane, message_id) as nth_stranger from locked
  )
  select array_agg(message_id order by lane, message_id), array_agg(message_id order by message_id), coalesce(array_agg(conversation_id) filter (where stranger), '{}')
    into v_ids, v_sorted, v_strangers
    from counted where not stranger or nth_stranger <= p_strangers;
  if v_ids is null then
    return '[]';
  end if;

  v_started := clock_timestamp();
  with gone as (
    delete from messaging.send_queue where org_id = p_org and message_id = any (v_ids)
  ), begun as (
    update messaging.message m
    set attempt_count = m.attempt_count + 1, updated_at = now(),
        status = case when m.status in ('accepted', 'queued') then 'dispatching' else m.status end
    where m.org_id = p_org and m.id = any (v_ids) and m.id between v_sorted[1] and v_sorted[cardinality(v_sorted)]
    returning m.id, m.conversation_id, m.attempt_count, m.provider_token
  ), written as (
    insert into messaging.attempt (org_id, message_id, attempt_no, account_id, conversation_id, state, holder,
                                   fencing_token, provider_token, started_at)
    select p_org, id, attempt_count, p_account_id, conversation_id, 'D', p_holder, p_token, provider_token, v_started
    from begun
  )
  insert into messaging.message_event (org_id, message_id, status, source)
  select p_org, id, 'dispatching', 'channel' from begun where attempt_count = 1;
  perform channels.spend_usage(p_org, p_account_id, cardinality(v_ids), cardinality(v_strangers));

  select jsonb_agg(v.view || jsonb_build_object('stranger', v.conversation_id = any (v_strangers))
                   order by array_position(v_ids, v.message_id))
    into v_result
    from messaging.attempt_views(p_org, v_ids) v;
  if cardinality(v_strangers) > 0 then
    update messaging.conversation c set first_sent_at = now()
      where c.org_id = p_org and c.id = any (v_strangers) and c.first_sent_at is null;
  end if;
  return v_result;
end $$;
