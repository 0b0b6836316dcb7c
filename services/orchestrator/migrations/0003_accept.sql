-- K0: one call stores a group of messages of any number of tenants, in one commit.

create function messaging.accept_messages(batch jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_before text := current_setting('app.tenant', true);
  v_results jsonb := '[]';
  v_group record;
begin
  for v_group in
    select e ->> 'tenant' as tenant, jsonb_agg(e order by ord) as items
    from jsonb_array_elements(batch) with ordinality as t(e, ord)
    group by 1 order by 1
  loop
    perform set_config('app.tenant', coalesce(v_group.tenant, '-'), true);
    if app.org_id() is null then
      v_results := v_results || (
        select jsonb_agg(jsonb_build_object('i', e -> 'i', 'ok', false, 'code', 'FORBIDDEN',
                                            'message', 'The tenant is not proved'))
        from jsonb_array_elements(v_group.items) e);
    else
      v_results := v_results || messaging.accept_for_tenant(app.org_id(), v_group.items);
    end if;
  end loop;
  perform set_config('app.tenant', coalesce(v_before, ''), true);
  return v_results;
end $$;

-- Refusals first, then keys, then conversations in one order, then every row of the group in one
-- statement. A replay answers what the first request was answered.
create function messaging.accept_for_tenant(p_org uuid, p_items jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_items jsonb;
  v_fresh jsonb;
begin
  -- What is wrong with an item by itself.
  select jsonb_agg(e || jsonb_strip_nulls(jsonb_build_object('refusal', case
      when e -> 'conversation' ->> 'recipientValue' is null then 'RECIPIENT_UNKNOWN'
      when a.id is null then 'ACCOUNT_NOT_FOUND'
      when a.channel <> e -> 'conversation' ->> 'channel' then 'CHANNEL_UNAVAILABLE'
      when abs(extract(epoch from app.uuidv7_time((e ->> 'id')::uuid) - now())) > 172800 then 'VALIDATION_FAILED'
    end)) order by ord)
  into v_items
  from jsonb_array_elements(p_items) with ordinality as t(e, ord)
  left join channels.account a
    on a.org_id = p_org and a.id = (e ->> 'accountId')::uuid and a.deleted_at is null;

  insert into messaging.idempotency (org_id, route, key, request_hash, message_id)
  select p_org, coalesce(e ->> 'route', ''), e ->> 'idempotencyKey', coalesce(e ->> 'requestHash', ''), (e ->> 'id')::uuid
  from jsonb_array_elements(v_items) e
  where e ->> 'idempotencyKey' is not null and not e ? 'refusal'
  order by 2, 3
  on conflict (org_id, route, key) do nothing;

  -- A new statement sees what a concurrent request committed while we waited for its key.
  select jsonb_agg(e || jsonb_strip_nulls(jsonb_build_object(
      'refusal', case when k.request_hash is distinct from coalesce(e ->> 'requestHash', '') and k.key is not null
                      then 'IDEMPOTENCY_KEY_REUSED' end,
      'replayOf', case when k.message_id <> (e ->> 'id')::uuid
                        and k.request_hash = coalesce(e ->> 'requestHash', '') then k.message_id end)) order by ord)
  into v_items
  from jsonb_array_elements(v_items) with ordinality as t(e, ord)
  left join messaging.idempotency k
    on k.org_id = p_org and k.route = coalesce(e ->> 'route', '') and k.key = e ->> 'idempotencyKey';

  select jsonb_agg(e) into v_fresh from jsonb_array_elements(v_items) e
  where not e ? 'refusal' and not e ? 'replayOf';
  if v_fresh is not null then
    perform messaging.ensure_conversations(p_org, (
      select jsonb_agg(jsonb_build_object('accountId', e -> 'accountId',
        'channel', e -> 'conversation' -> 'channel', 'kind', e -> 'conversation' -> 'recipientKind',
        'value', e -> 'conversation' -> 'recipientValue', 'leadId', e -> 'conversation' -> 'leadId'))
      from jsonb_array_elements(v_fresh) e));
    perform messaging.store_accepted(p_org, v_fresh);
  end if;

  return (
    select jsonb_agg(case
      when e ? 'replayOf' or not e ? 'refusal' then
        jsonb_build_object('i', e -> 'i', 'ok', true, 'id', m.id, 'conversationId', m.conversation_id,
          'accountId', m.account_id, 'seq', m.seq, 'status', 'accepted',
          'acceptedAt', messaging.iso(m.created_at), 'replayed', e ? 'replayOf')
      else jsonb_build_object('i', e -> 'i', 'ok', false, 'code', e ->> 'refusal', 'message', case e ->> 'refusal'
        when 'ACCOUNT_NOT_FOUND' then 'There is no such sending account'
        when 'IDEMPOTENCY_KEY_REUSED' then 'This Idempotency-Key was used with another request'
        when 'RECIPIENT_UNKNOWN' then 'The recipient has no address on this channel'
        when 'CHANNEL_UNAVAILABLE' then 'The account belongs to another channel'
        else 'The message id is not a current UUIDv7' end)
      end order by ord)
    from jsonb_array_elements(v_items) with ordinality as t(e, ord)
    left join messaging.message m
      on m.org_id = p_org and m.id = coalesce(e ->> 'replayOf', e ->> 'id')::uuid);
end $$;

create function messaging.store_accepted(p_org uuid, p_fresh jsonb) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_conversations uuid[];
begin
  select array_agg(distinct k.conversation_id) into v_conversations
  from jsonb_array_elements(p_fresh) e
  join messaging.conversation_address k
    on k.org_id = p_org and k.account_id = (e ->> 'accountId')::uuid
   and k.kind = e -> 'conversation' ->> 'recipientKind' and k.value = e -> 'conversation' ->> 'recipientValue';
  perform 1 from messaging.conversation where org_id = p_org and id = any (v_conversations)
    order by id for no key update;

  -- A better lane lifts what stands before it in its conversation: order never changes, waiting does.
  update messaging.send_queue q set lane = b.lane
  from (
    select x.org_id, x.message_id, min(f.lane) as lane
    from (select k.conversation_id, (e ->> 'lane')::smallint as lane
          from jsonb_array_elements(p_fresh) e
          join messaging.conversation_address k
            on k.org_id = p_org and k.account_id = (e ->> 'accountId')::uuid
           and k.kind = e -> 'conversation' ->> 'recipientKind' and k.value = e -> 'conversation' ->> 'recipientValue') f
    join lateral (
      select org_id, message_id from messaging.send_queue s
      where s.org_id = p_org and s.conversation_id = f.conversation_id and s.lane > f.lane and s.scheduled_at is null
      for update skip locked) x on true
    group by 1, 2) b
  where q.org_id = b.org_id and q.message_id = b.message_id;

  with fresh as materialized (
    select e, ord, (e ->> 'id')::uuid as id, k.conversation_id, (e ->> 'accountId')::uuid as account_id,
           (e ->> 'lane')::smallint as lane, (e ->> 'sendAt')::timestamptz as send_at,
           row_number() over (partition by k.conversation_id order by ord) as n,
           count(*) over (partition by k.conversation_id) as of_n
    from jsonb_array_elements(p_fresh) with ordinality as t(e, ord)
    join messaging.conversation_address k
      on k.org_id = p_org and k.account_id = (e ->> 'accountId')::uuid
     and k.kind = e -> 'conversation' ->> 'recipientKind' and k.value = e -> 'conversation' ->> 'recipientValue'
  ), last as materialized (
    select distinct on (conversation_id) conversation_id, of_n, id from fresh order by conversation_id, n desc
  ), head as (
    update messaging.conversation c
    set last_seq = c.last_seq + l.of_n, last_message_id = l.id, last_message_at = now(), updated_at = now()
    from last l where c.org_id = p_org and c.id = l.conversation_id
    returning c.id, c.last_seq
  ), placed as materialized (
    select f.*, h.last_seq - f.of_n + f.n as seq from fresh f join head h on h.id = f.conversation_id
  ), stored as (
    insert into messaging.message (org_id, id, conversation_id, account_id, seq, direction, channel, lane, status,
      content, content_hash, provider_token, reply_to, chain, metadata, send_at, created_by, traceparent)
    select p_org, id, conversation_id, account_id, seq, 'out', e -> 'conversation' ->> 'channel', lane, 'accepted',
      e -> 'content', e ->> 'contentHash', e ->> 'providerToken', (e ->> 'replyTo')::uuid,
      coalesce(nullif(e -> 'chain', 'null'), '[]'), coalesce(nullif(e -> 'metadata', 'null'), '{}'), send_at,
      e ->> 'createdBy', e ->> 'traceparent'
    from placed
  ), history as (
    insert into messaging.message_event (org_id, message_id, status, source)
    select p_org, id, 'accepted', 'api' from placed
  ), queued as (
    insert into messaging.send_queue (org_id, message_id, account_id, conversation_id, seq, lane, due_at, scheduled_at)
    select p_org, id, account_id, conversation_id, seq, lane, greatest(coalesce(send_at, now()), now()), send_at
    from placed
  )
  insert into messaging.outbox (org_id, account_id, message_id, type, data, wake)
  select p_org, account_id, id, 'message_accepted', jsonb_build_object('messageId', id,
    'conversationId', conversation_id, 'accountId', account_id, 'status', 'accepted', 'seq', seq), true
  from placed order by ord;
end $$;

grant execute on function messaging.accept_messages(jsonb) to rarity_orchestrator;
