-- What a driver is told about a call, as JSON text: as `jsonb` it was put together object by object, only to
-- be written out again, which was a sixth of a claim.

-- The driver's view of calls: frozen content, with what a provider needs to point at other messages.
-- `p_strangers`: conversations never written to before this claim; null: what the conversation says.
create function messaging.call_texts(p_org uuid, p_messages messaging.message[], p_attempt_nos smallint[],
                                     p_started timestamptz[], p_strangers uuid[])
returns table (message_id uuid, attempt_no smallint, lane smallint, view text)
language sql stable
as $$
  select x.id, p_attempt_nos[x.ordinality], coalesce(x.lane, 2::smallint), format(
    '{"messageId":"%s","attemptNo":%s,"conversationId":"%s","providerToken":%s,"lane":"%s","recipient":{"kind":"%s",'
      '"value":%s%s%s},"content":%s%s%s,"startedAt":"%s","stranger":%s,"triesLeft":%s}',
    x.id, p_attempt_nos[x.ordinality], x.conversation_id, to_json(x.provider_token),
    (array['reply', 'followup', 'opener', 'bulk'])[coalesce(x.lane, 2) + 1],
    c.recipient_kind, to_json(c.recipient_value),
    ',"alt":' || to_json(c.alt_value)::text, ',"altKind":' || to_json(c.alt_kind)::text,
    jsonb_strip_nulls(case when d.id is null then x.content
        else x.content || jsonb_build_object('contentType', d.content_type, 'sizeBytes', d.size_bytes,
                                             'sha256', d.sha256, 'storageKey', d.storage_key) end
      || case when r.id is not null and x.content ->> 'type' = 'reaction'
              then jsonb_build_object('target', jsonb_build_object('providerMessageId',
                     coalesce(r.provider_message_id, r.provider_token), 'fromMe', r.direction = 'out'))
              else '{}' end),
    case when r.id is not null and x.reply_to is not null then ',"quoted":' || json_strip_nulls(json_build_object(
       'providerMessageId', coalesce(r.provider_message_id, r.provider_token), 'fromMe', r.direction = 'out',
       'text', coalesce(r.content ->> 'text', r.content ->> 'caption')))::text end,
    ',"traceparent":' || to_json(x.traceparent)::text, messaging.iso(p_started[x.ordinality]),
    coalesce(x.conversation_id = any (p_strangers), c.first_inbound_at is null and x.seq = 1)::text,
    x.attempt_budget - x.attempt_count + x.absent_count)
  from unnest(p_messages) with ordinality x
  cross join lateral (
    select c.* from messaging.conversation c where c.org_id = p_org and c.id = x.conversation_id offset 0) c
  left join lateral (
    select r.* from messaging.message r
    where r.org_id = p_org and r.id = coalesce(x.reply_to, (x.content ->> 'targetMessageId')::uuid) offset 0) r on true
  left join lateral (
    select d.* from messaging.media d where d.org_id = p_org and d.id = (x.content ->> 'mediaId')::uuid offset 0) d on true
$$;

-- The same for messages that are known by id only.
drop function messaging.attempt_views(uuid, uuid[]);
create function messaging.attempt_views(p_org uuid, p_message_ids uuid[])
returns table (message_id uuid, attempt_no smallint, view jsonb)
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_first uuid := (select x from unnest(p_message_ids) x order by x limit 1);
  v_last uuid := (select x from unnest(p_message_ids) x order by x desc limit 1);
  v_messages messaging.message[];
  v_numbers smallint[];
  v_started timestamptz[];
begin
  select array_agg(m::messaging.message), array_agg(t.attempt_no), array_agg(t.started_at)
    into v_messages, v_numbers, v_started
    from messaging.attempt t
    cross join lateral (
      select m.* from messaging.message m
      where m.org_id = p_org and m.id = t.message_id and m.id between v_first and v_last offset 0) m
    where t.org_id = p_org and t.message_id = any (p_message_ids) and t.state = 'D';
  return query
    select v.message_id, v.attempt_no, v.view::jsonb from messaging.call_texts(p_org, v_messages, v_numbers, v_started, null) v;
end $$;
drop function messaging.call_views(uuid, messaging.message[], smallint[], timestamptz[]);

-- The heads of the conversations, best lane first, then in accept order: a JSON array, and how many are in
-- it. A message scheduled for later does not hold back its conversation; one that waits for a retry does.
drop function messaging.take_heads(uuid, uuid, text, bigint, int, int);
create function messaging.take_heads(p_org uuid, p_account_id uuid, p_holder text, p_token bigint, p_allowed int,
                                     p_strangers int, out views text, out taken int)
language plpgsql
set search_path = ''
as $$
declare
  v_ids uuid[];
  v_strangers uuid[];
  v_started timestamptz;
  v_begun messaging.message[];
  v_numbers smallint[];
begin
  views := '[]';
  taken := 0;
  if p_allowed <= 0 then
    return;
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
        where d.org_id = p_org and d.account_id = p_account_id and d.conversation_id = q.conversation_id
          and d.state = 'D' offset 0)
    order by q.lane, q.message_id
    limit p_allowed
    for update of q skip locked
  ), counted as (
    select *, count(*) filter (where stranger) over (order by lane, message_id) as nth_stranger from locked
  )
  select array_agg(message_id order by message_id), coalesce(array_agg(conversation_id) filter (where stranger), '{}')
    into v_ids, v_strangers
    from counted where not stranger or nth_stranger <= p_strangers;
  if v_ids is null then
    return;
  end if;

  taken := cardinality(v_ids);
  v_started := clock_timestamp();
  with gone as (
    delete from messaging.send_queue where org_id = p_org and message_id = any (v_ids)
  ), begun as (
    update messaging.message m
    set attempt_count = m.attempt_count + 1, updated_at = now(),
        status = case when m.status in ('accepted', 'queued') then 'dispatching' else m.status end,
        history = case when m.attempt_count > 0 then m.history
          else m.history || row('dispatching', null, 'channel', now())::messaging.history_step end
    where m.org_id = p_org and m.id = any (v_ids) and m.id between v_ids[1] and v_ids[taken]
    returning m.*
  ), written as (
    insert into messaging.attempt (org_id, message_id, attempt_no, account_id, conversation_id, state, holder,
                                   fencing_token, provider_token, started_at)
    select p_org, id, attempt_count, p_account_id, conversation_id, 'D', p_holder, p_token, provider_token, v_started
    from begun
  )
  select array_agg(b::messaging.message), array_agg(b.attempt_count) into v_begun, v_numbers from begun b;
  perform channels.spend_usage(p_org, p_account_id, taken, cardinality(v_strangers));

  select '[' || string_agg(v.view, ',' order by v.lane, v.message_id) || ']' into views
    from messaging.call_texts(p_org, v_begun, v_numbers, array_fill(v_started, array[cardinality(v_begun)]), v_strangers) v;
  if cardinality(v_strangers) > 0 then
    update messaging.conversation c set first_sent_at = now()
      where c.org_id = p_org and c.id = any (v_strangers) and c.first_sent_at is null;
  end if;
end $$;

drop function messaging.claim_nothing(uuid, uuid, text, bigint);
drop function messaging.claim_answer(jsonb, text, timestamptz);
create function messaging.claim_answer(p_attempts text, p_waiting text, p_due timestamptz) returns json
language sql volatile
as $$
  select format('{"ok":true,"attempts":%s,"waiting":%s,"nextDueAt":%s,"nextDueInMs":%s}', p_attempts,
    coalesce(to_json(p_waiting)::text, 'null'), coalesce(to_json(messaging.iso(p_due))::text, 'null'),
    coalesce(case when p_due is not null then
      greatest(0, ceil(extract(epoch from p_due - clock_timestamp()) * 1000)) end::text, 'null'))::json
$$;

create function messaging.claim_nothing(p_org uuid, p_account_id uuid, p_holder text, p_token bigint) returns json
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
    return json_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;
  select * into v_account from channels.account where org_id = p_org and id = p_account_id;
  if messaging.claim_refusal(v_account) is not null then
    return json_build_object('ok', false, 'code', messaging.claim_refusal(v_account));
  end if;
  return messaging.claim_answer('[]', null, (
    select min(q.due_at) from messaging.send_queue q where q.org_id = p_org and q.account_id = p_account_id));
end $$;

drop function messaging.claim_attempts(jsonb);
create function messaging.claim_attempts(p jsonb) returns json
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
  v_claimed record;
  v_waiting text;
  v_due timestamptz;
begin
  if not exists (select from messaging.send_queue q
                 where q.org_id = v_org and q.account_id = v_account_id and q.due_at <= now()) then
    return messaging.claim_nothing(v_org, v_account_id, v_holder, v_token);
  end if;
  if not channels.holds_lease(v_org, v_account_id, v_holder, v_token, true) then
    return json_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;
  -- Serialises the claims of one account, so that two of them cannot spend the same budget.
  select * into v_account from channels.account
    where org_id = v_org and id = v_account_id for no key update;
  if messaging.claim_refusal(v_account) is not null then
    return json_build_object('ok', false, 'code', messaging.claim_refusal(v_account));
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

  select * into v_claimed
    from messaging.take_heads(v_org, v_account_id, v_holder, v_token, v_budget.allowed, v_budget.strangers);
  if v_claimed.taken = v_max then
    v_due := now();
    v_waiting := null;
  elsif v_budget.allowed > v_claimed.taken then
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
  return messaging.claim_answer(v_claimed.views, v_waiting, v_due);
end $$;
select app.steady_plans('messaging.claim_attempts(jsonb)');
grant execute on function messaging.claim_attempts(jsonb) to rarity_whatsapp;
