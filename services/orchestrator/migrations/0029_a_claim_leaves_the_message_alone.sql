-- A claim in the sense of 0028.

-- The driver's view of calls, as in 0025. The tries that are left count the call, which the message may not have noted.
create or replace function messaging.call_texts(p_org uuid, p_messages messaging.message[], p_attempt_nos smallint[],
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
    x.attempt_budget - greatest(x.attempt_count, p_attempt_nos[x.ordinality]) + x.absent_count)
  from unnest(p_messages) with ordinality x
  cross join lateral (
    select c.* from messaging.conversation c where c.org_id = p_org and c.id = x.conversation_id offset 0) c
  left join lateral (
    select r.* from messaging.message r
    where r.org_id = p_org and r.id = coalesce(x.reply_to, (x.content ->> 'targetMessageId')::uuid) offset 0) r on true
  left join lateral (
    select d.* from messaging.media d where d.org_id = p_org and d.id = (x.content ->> 'mediaId')::uuid offset 0) d on true
$$;

-- The heads of the conversations, best lane first, then in accept order: a JSON array, and how many are in
-- it. A message scheduled for later does not hold back its conversation; one that waits for a retry does.
create or replace function messaging.take_heads(p_org uuid, p_account_id uuid, p_holder text, p_token bigint, p_allowed int,
                                     p_strangers int, out views text, out taken int)
language plpgsql
set search_path = ''
as $$
declare
  v_ids uuid[];
  v_strangers uuid[];
  v_started timestamptz;
  v_called messaging.message[];
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
  ), called as (
    select m.* from messaging.message m
    where m.org_id = p_org and m.id = any (v_ids) and m.id between v_ids[1] and v_ids[taken]
  ), written as (
    insert into messaging.attempt (org_id, message_id, attempt_no, account_id, conversation_id, state, holder,
                                   fencing_token, provider_token, started_at)
    select p_org, id, attempt_count + 1, p_account_id, conversation_id, 'D', p_holder, p_token, provider_token, v_started
    from called
  )
  select array_agg(c::messaging.message), array_agg((c.attempt_count + 1)::smallint) into v_called, v_numbers from called c;
  perform channels.spend_usage(p_org, p_account_id, taken, cardinality(v_strangers));

  select '[' || string_agg(v.view, ',' order by v.lane, v.message_id) || ']' into views
    from messaging.call_texts(p_org, v_called, v_numbers, array_fill(v_started, array[cardinality(v_called)]), v_strangers) v;
  if cardinality(v_strangers) > 0 then
    update messaging.conversation c set first_sent_at = now()
      where c.org_id = p_org and c.id = any (v_strangers) and c.first_sent_at is null;
  end if;
end $$;
