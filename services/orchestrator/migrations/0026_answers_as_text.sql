-- What an accept answers, as JSON text, like the calls of 0025.

-- The answers of one tenant, without the brackets of the array.
drop function messaging.accept_for_tenant(uuid, messaging.accept_item[]);
create function messaging.accept_for_tenant(p_org uuid, p_items messaging.accept_item[]) returns text
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
  v_answers jsonb;
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
      select string_agg(format('{"i":%s,"ok":true,"id":"%s","conversationId":"%s","accountId":"%s","seq":%s,'
        '"status":"accepted","acceptedAt":"%s","replayed":false}', t.i, t.id, t.conversation_id, t.account_id, t.seq, v_at), ',')
      from rows from (unnest(v_items), unnest(v_stored.conversation_ids), unnest(v_stored.seqs))
        as t (i, id, route, idempotency_key, request_hash, account_id, channel, recipient_kind, recipient_value, lead_id,
              chain, lane, content, content_hash, provider_token, send_at, reply_to, metadata, created_by, traceparent,
              refusal, replay_of, conversation_id, seq));
  end if;
  select * into v_stored from messaging.store_accepted(p_org, (
    select coalesce(array_agg(t), '{}') from unnest(v_items) t where t.refusal is null and t.replay_of is null));
  v_answers := messaging.accept_answers(p_org, v_items, v_stored.conversation_ids, v_stored.seqs);
  return (select string_agg(a::text, ',' order by n) from jsonb_array_elements(v_answers) with ordinality as x (a, n));
end $$;

drop function messaging.accept_messages(jsonb);
create function messaging.accept_messages(batch jsonb) returns json
language plpgsql security definer
set search_path = ''
as $$
declare
  v_before text := current_setting('app.tenant', true);
  v_answers text[] := '{}';
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
      v_answers := v_answers || (
        select string_agg(json_build_object('i', t.i, 'ok', false, 'code', 'FORBIDDEN',
                                            'message', 'The tenant is not proved')::text, ',')
        from unnest(v_group.items) t);
    else
      v_answers := v_answers || messaging.accept_for_tenant(app.org_id(), v_group.items);
    end if;
  end loop;
  perform set_config('app.tenant', coalesce(v_before, ''), true);
  return ('[' || array_to_string(v_answers, ',') || ']')::json;
end $$;
select app.steady_plans('messaging.accept_messages(jsonb)');
grant execute on function messaging.accept_messages(jsonb) to rarity_orchestrator;
