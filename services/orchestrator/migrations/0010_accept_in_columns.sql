-- K0 with typed columns. Row-level security lets an index be used only for comparisons that can leak
-- nothing, and an expression over JSON may: a join on `e ->> 'accountId'` reads the whole organization.
-- So JSON is read into columns once, and rows are found by those.
--
-- What is looked up stands in a lateral subquery or a subselect with `offset 0`: the planner keeps those
-- where they are written, so rows are found one by one through an index also while it believes a table empty.
-- Where messages are found by a list of ids, the smallest and the largest stand beside it: by those the
-- executor leaves out the other partitions before it opens them.

-- Without a setting of its own and no more stable than its parts, the planner writes it into the statement.
create or replace function messaging.iso(p_at timestamptz) returns text
language sql stable parallel safe
return pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

create type messaging.accept_item as (
  i int, id uuid, route text, idempotency_key text, request_hash text, account_id uuid, channel text,
  recipient_kind text, recipient_value text, lead_id uuid, chain jsonb, lane smallint, content jsonb,
  content_hash text, provider_token text, send_at timestamptz, reply_to uuid, metadata jsonb, created_by text,
  traceparent text, refusal text, replay_of uuid);

-- Written by these functions only, each row in the transaction of the row it points at. The check would
-- cost more than the insert.
alter table messaging.conversation_address drop constraint conversation_address_org_id_conversation_id_fkey;
alter table messaging.message drop constraint message_org_id_conversation_id_fkey;

create or replace function messaging.accept_messages(batch jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_before text := current_setting('app.tenant', true);
  v_results jsonb := '[]';
  v_group record;
begin
  for v_group in
    select tenant, array_agg(row(i, id, coalesce(route, ''), idempotency_key, coalesce(request_hash, ''), account_id,
        conversation ->> 'channel', conversation ->> 'recipientKind', conversation ->> 'recipientValue',
        (conversation ->> 'leadId')::uuid, coalesce(chain, '[]'), lane, content, content_hash, provider_token, send_at,
        reply_to, coalesce(metadata, '{}'), created_by, traceparent, null, null)::messaging.accept_item order by ord) as items
    from rows from (jsonb_to_recordset(batch) as (tenant text, i int, id uuid, route text, "idempotencyKey" text,
        "requestHash" text, "accountId" uuid, conversation jsonb, chain jsonb, lane smallint, content jsonb,
        "contentHash" text, "providerToken" text, "sendAt" timestamptz, "replyTo" uuid, metadata jsonb,
        "createdBy" text, traceparent text)) with ordinality
      as t (tenant, i, id, route, idempotency_key, request_hash, account_id, conversation, chain, lane, content,
        content_hash, provider_token, send_at, reply_to, metadata, created_by, traceparent, ord)
    group by tenant order by tenant
  loop
    perform set_config('app.tenant', coalesce(v_group.tenant, '-'), true);
    if app.org_id() is null then
      v_results := v_results || (
        select jsonb_agg(jsonb_build_object('i', t.i, 'ok', false, 'code', 'FORBIDDEN',
                                            'message', 'The tenant is not proved'))
        from unnest(v_group.items) t);
    else
      v_results := v_results || messaging.accept_for_tenant(app.org_id(), v_group.items);
    end if;
  end loop;
  perform set_config('app.tenant', coalesce(v_before, ''), true);
  return v_results;
end $$;
select app.steady_plans('messaging.accept_messages(jsonb)');

drop function messaging.accept_for_tenant(uuid, jsonb);
drop function messaging.store_accepted(uuid, jsonb);

-- Refusals first, then keys, then conversations in one order, then every row of the group in one
-- statement. A replay answers what the first request was answered.
create function messaging.accept_for_tenant(p_org uuid, p_items messaging.accept_item[]) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_items messaging.accept_item[] := p_items;
  v_from uuid := app.uuidv7_floor(now() - interval '2 days');
  v_to uuid := app.uuidv7_floor(now() + interval '2 days');
  v_at text := messaging.iso(now());
  v_special boolean := false;
  v_row record;
  v_stored record;
begin
  -- What is wrong with an item by itself.
  for v_row in
    select * from (
      select t.ordinality::int as n, case
        when t.recipient_value is null then 'RECIPIENT_UNKNOWN'
        when a.id is null then 'ACCOUNT_NOT_FOUND'
        when a.channel <> t.channel then 'CHANNEL_UNAVAILABLE'
        when not t.id between v_from and v_to then 'VALIDATION_FAILED' end as refusal
      from unnest(p_items) with ordinality t
      left join lateral (
        select a.id, a.channel from channels.account a
        where a.org_id = p_org and a.id = t.account_id and a.deleted_at is null offset 0) a on true) x
    where refusal is not null
  loop
    v_items[v_row.n].refusal := v_row.refusal;
    v_special := true;
  end loop;

  if exists (select from unnest(p_items) t where t.idempotency_key is not null) then
    insert into messaging.idempotency (org_id, route, key, request_hash, message_id)
    select p_org, t.route, t.idempotency_key, t.request_hash, t.id
    from unnest(v_items) t where t.idempotency_key is not null and t.refusal is null
    order by t.route, t.idempotency_key
    on conflict (org_id, route, key) do nothing;
    -- A new statement sees what a concurrent request committed while we waited for its key.
    for v_row in
      select t.ordinality::int as n, k.request_hash <> t.request_hash as reused, k.message_id
      from unnest(p_items) with ordinality t
      cross join lateral (
        select k.message_id, k.request_hash from messaging.idempotency k
        where k.org_id = p_org and k.route = t.route and k.key = t.idempotency_key offset 0) k
      where k.message_id <> t.id or k.request_hash <> t.request_hash
    loop
      if v_row.reused then
        v_items[v_row.n].refusal := 'IDEMPOTENCY_KEY_REUSED';
      else
        v_items[v_row.n].replay_of := v_row.message_id;
      end if;
      v_special := true;
    end loop;
  end if;

  if not v_special then
    select * into v_stored from messaging.store_accepted(p_org, v_items);
    return (
      select jsonb_agg(jsonb_build_object('i', t.i, 'ok', true, 'id', t.id, 'conversationId', t.conversation_id,
        'accountId', t.account_id, 'seq', t.seq, 'status', 'accepted', 'acceptedAt', v_at, 'replayed', false))
      from rows from (unnest(v_items), unnest(v_stored.conversation_ids), unnest(v_stored.seqs))
        as t (i, id, route, idempotency_key, request_hash, account_id, channel, recipient_kind, recipient_value, lead_id,
              chain, lane, content, content_hash, provider_token, send_at, reply_to, metadata, created_by, traceparent,
              refusal, replay_of, conversation_id, seq));
  end if;
  select * into v_stored from messaging.store_accepted(p_org, (
    select coalesce(array_agg(t), '{}') from unnest(v_items) t where t.refusal is null and t.replay_of is null));
  return messaging.accept_answers(p_org, v_items, v_stored.conversation_ids, v_stored.seqs);
end $$;

-- One answer for each item; the n-th stored one has the n-th conversation and seq.
create function messaging.accept_answers(p_org uuid, p_items messaging.accept_item[], p_conversation_ids uuid[],
                                         p_seqs bigint[]) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_agg(case
    when t.replay_of is null and t.refusal is not null then
      jsonb_build_object('i', t.i, 'ok', false, 'code', t.refusal, 'message', case t.refusal
        when 'ACCOUNT_NOT_FOUND' then 'There is no such sending account'
        when 'IDEMPOTENCY_KEY_REUSED' then 'This Idempotency-Key was used with another request'
        when 'RECIPIENT_UNKNOWN' then 'The recipient has no address on this channel'
        when 'CHANNEL_UNAVAILABLE' then 'The account belongs to another channel'
        else 'The message id is not a current UUIDv7' end)
    when t.replay_of is null then
      jsonb_build_object('i', t.i, 'ok', true, 'id', t.id, 'conversationId', p_conversation_ids[t.nth],
        'accountId', t.account_id, 'seq', p_seqs[t.nth], 'status', 'accepted',
        'acceptedAt', (select messaging.iso(now())), 'replayed', false)
    else
      jsonb_build_object('i', t.i, 'ok', true, 'id', m.id, 'conversationId', m.conversation_id,
        'accountId', m.account_id, 'seq', m.seq, 'status', 'accepted',
        'acceptedAt', messaging.iso(m.created_at), 'replayed', true)
    end order by t.ordinality)
  from (
    select x.*, count(*) filter (where x.refusal is null and x.replay_of is null) over (order by x.ordinality) as nth
    from unnest(p_items) with ordinality x) t
  left join lateral (
    select m.* from messaging.message m where m.org_id = p_org and m.id = t.replay_of offset 0) m on true
$$;

-- Answers the conversation and the place in it of each item, in the order of the items.
create function messaging.store_accepted(p_org uuid, p_fresh messaging.accept_item[],
                                         out conversation_ids uuid[], out seqs bigint[])
language plpgsql
set search_path = ''
as $$
declare
  v_new uuid[] := '{}';
begin
  if cardinality(p_fresh) = 0 then
    return;
  end if;
  if exists (
       select from unnest(p_fresh) t where not exists (
         select from messaging.conversation_address k
         where k.org_id = p_org and k.account_id = t.account_id and k.kind = t.recipient_kind and k.value = t.recipient_value
         offset 0)) then
    v_new := messaging.open_conversations(p_org, p_fresh);
  end if;
  if cardinality(v_new) < (select count(*) from (
       select distinct t.account_id, t.recipient_kind, t.recipient_value from unnest(p_fresh) t) x) then
    perform messaging.advance_conversations(p_org, p_fresh, v_new);
  end if;

  -- The conversations are ours until the commit, so their last seq is that of this group's last message.
  with placed as materialized (
    select t.*, k.conversation_id,
           c.last_seq - count(*) over (partition by k.conversation_id)
             + row_number() over (partition by k.conversation_id order by t.ordinality) as seq
    from unnest(p_fresh) with ordinality t
    cross join lateral (
      select k.conversation_id from messaging.conversation_address k
      where k.org_id = p_org and k.account_id = t.account_id and k.kind = t.recipient_kind and k.value = t.recipient_value
      offset 0) k
    cross join lateral (
      select c.last_seq from messaging.conversation c where c.org_id = p_org and c.id = k.conversation_id offset 0) c
  ), stored as (
    insert into messaging.message (org_id, id, conversation_id, account_id, seq, direction, channel, lane, status,
      content, content_hash, provider_token, reply_to, chain, metadata, send_at, created_by, traceparent)
    select p_org, id, conversation_id, account_id, seq, 'out', channel, lane, 'accepted', content, content_hash,
      provider_token, reply_to, chain, metadata, send_at, created_by, traceparent
    from placed
  ), history as (
    insert into messaging.message_event (org_id, message_id, status, source)
    select p_org, id, 'accepted', 'api' from placed
  ), queued as (
    insert into messaging.send_queue (org_id, message_id, account_id, conversation_id, seq, lane, due_at, scheduled_at)
    select p_org, id, account_id, conversation_id, seq, lane, greatest(coalesce(send_at, now()), now()), send_at
    from placed
  ), told as (
    insert into messaging.outbox (org_id, account_id, message_id, type, data, wake)
    select p_org, account_id, id, 'message_accepted', jsonb_build_object('messageId', id,
      'conversationId', conversation_id, 'accountId', account_id, 'status', 'accepted', 'seq', seq), true
    from placed order by ordinality
  )
  select array_agg(conversation_id order by ordinality), array_agg(seq order by ordinality)
    into conversation_ids, seqs from placed;
end $$;
