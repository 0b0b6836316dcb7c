-- K3 in the tables of 0018. The driver's view of a call is built from the row that was just written, where
-- it was read again.

-- At most one attempt of unknown outcome in a conversation (I5), and a conversation has one account: the
-- index that keeps that finds the open attempts of an account as well.
drop index messaging.attempt_one_open;
drop index messaging.attempt_open;
create unique index attempt_one_open on messaging.attempt (account_id, conversation_id, org_id) where state = 'D';

-- What the driver gets for these messages, whose attempt of that number is open since then: frozen content,
-- with what a provider needs to point at other messages.
create function messaging.call_views(p_org uuid, p_messages messaging.message[], p_attempt_nos smallint[],
                                     p_started timestamptz[])
returns table (message_id uuid, attempt_no smallint, conversation_id uuid, view jsonb)
language sql stable
as $$
  select x.id, p_attempt_nos[x.ordinality], x.conversation_id, jsonb_strip_nulls(jsonb_build_object(
    'messageId', x.id, 'attemptNo', p_attempt_nos[x.ordinality], 'conversationId', x.conversation_id,
    'providerToken', x.provider_token, 'lane', (array['reply', 'followup', 'opener', 'bulk'])[coalesce(x.lane, 2) + 1],
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
    'traceparent', x.traceparent, 'startedAt', messaging.iso(p_started[x.ordinality]),
    'stranger', c.first_inbound_at is null and x.seq = 1,
    'triesLeft', x.attempt_budget - x.attempt_count + x.absent_count))
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
create or replace function messaging.attempt_views(p_org uuid, p_message_ids uuid[])
returns table (message_id uuid, attempt_no smallint, conversation_id uuid, view jsonb)
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
  return query select v.* from messaging.call_views(p_org, v_messages, v_numbers, v_started) v;
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
  v_begun messaging.message[];
  v_numbers smallint[];
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
        where d.org_id = p_org and d.account_id = p_account_id and d.conversation_id = q.conversation_id
          and d.state = 'D' offset 0)
    order by q.lane, q.message_id
    limit p_allowed
    for update of q skip locked
  ), counted as (
    select *, count(*) filter (where stranger) over (order by lane, message_id) as nth_stranger from locked
  )
  select array_agg(message_id order by lane, message_id), array_agg(message_id order by message_id),
         coalesce(array_agg(conversation_id) filter (where stranger), '{}')
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
        status = case when m.status in ('accepted', 'queued') then 'dispatching' else m.status end,
        history = case when m.attempt_count > 0 then m.history
          else m.history || row('dispatching', null, 'channel', now())::messaging.history_step end
    where m.org_id = p_org and m.id = any (v_ids) and m.id between v_sorted[1] and v_sorted[cardinality(v_sorted)]
    returning m.*
  ), written as (
    insert into messaging.attempt (org_id, message_id, attempt_no, account_id, conversation_id, state, holder,
                                   fencing_token, provider_token, started_at)
    select p_org, id, attempt_count, p_account_id, conversation_id, 'D', p_holder, p_token, provider_token, v_started
    from begun
  )
  select array_agg(b::messaging.message), array_agg(b.attempt_count) into v_begun, v_numbers from begun b;
  perform channels.spend_usage(p_org, p_account_id, cardinality(v_ids), cardinality(v_strangers));

  select jsonb_agg(v.view || jsonb_build_object('stranger', v.conversation_id = any (v_strangers))
                   order by array_position(v_ids, v.message_id))
    into v_result
    from messaging.call_views(p_org, v_begun, v_numbers, array_fill(v_started, array[cardinality(v_begun)])) v;
  if cardinality(v_strangers) > 0 then
    update messaging.conversation c set first_sent_at = now()
      where c.org_id = p_org and c.id = any (v_strangers) and c.first_sent_at is null;
  end if;
  return v_result;
end $$;
