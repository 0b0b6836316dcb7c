-- Messages from people. One row for each, however often the provider delivers it.

-- Two addresses turned out to be one person: the younger conversation moves into the older one and
-- stays as a pointer. Put off while both have an attempt of unknown outcome.
create function messaging.merge_conversations(p_org uuid, p_keep uuid, p_drop uuid) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_base bigint;
  v_moved int;
begin
  if p_keep = p_drop then
    return true;
  end if;
  perform 1 from messaging.conversation where org_id = p_org and id in (p_keep, p_drop) order by id for update;
  if (select count(*) from messaging.attempt
      where org_id = p_org and conversation_id in (p_keep, p_drop) and state = 'D') > 1 then
    return false;
  end if;
  select last_seq into v_base from messaging.conversation where org_id = p_org and id = p_keep;
  update messaging.message m set conversation_id = p_keep, seq = v_base + m.seq
    where m.org_id = p_org and m.conversation_id = p_drop;
  get diagnostics v_moved = row_count;
  update messaging.send_queue set conversation_id = p_keep, seq = v_base + seq
    where org_id = p_org and conversation_id = p_drop;
  update messaging.attempt set conversation_id = p_keep where org_id = p_org and conversation_id = p_drop;
  update messaging.provider_ref set conversation_id = p_keep where org_id = p_org and conversation_id = p_drop;
  update messaging.dead_letter set conversation_id = p_keep where org_id = p_org and conversation_id = p_drop;
  insert into messaging.inbound_key (org_id, account_id, conversation_id, sender, provider_message_id, message_id)
    select org_id, account_id, p_keep, sender, provider_message_id, message_id
    from messaging.inbound_key where org_id = p_org and conversation_id = p_drop
    on conflict do nothing;
  delete from messaging.inbound_key where org_id = p_org and conversation_id = p_drop;
  update messaging.conversation_address set conversation_id = p_keep
    where org_id = p_org and conversation_id = p_drop;
  update messaging.conversation k
    set last_seq = k.last_seq + d.last_seq, unread_count = k.unread_count + d.unread_count,
        last_message_id = case when d.last_message_at > k.last_message_at then d.last_message_id else k.last_message_id end,
        last_message_at = greatest(k.last_message_at, d.last_message_at),
        first_sent_at = least(k.first_sent_at, d.first_sent_at),
        first_inbound_at = least(k.first_inbound_at, d.first_inbound_at),
        opted_out_at = least(k.opted_out_at, d.opted_out_at), lead_id = coalesce(k.lead_id, d.lead_id),
        alt_kind = coalesce(k.alt_kind, d.recipient_kind), alt_value = coalesce(k.alt_value, d.recipient_value),
        display_name = coalesce(k.display_name, d.display_name), updated_at = now(), version = k.version + 1
    from messaging.conversation d
    where k.org_id = p_org and k.id = p_keep and d.org_id = p_org and d.id = p_drop;
  update messaging.conversation set merged_into = p_keep, status = 'closed', unread_count = 0, updated_at = now()
    where org_id = p_org and id = p_drop;
  return true;
end $$;

-- The conversation of a chat known by one or two addresses, `{kind, value, alt?, altKind?}`; learns the
-- second address and merges late where each had its own conversation.
create function messaging.conversation_of(p_org uuid, p_account channels.account, p_chat jsonb) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  v_kind text := p_chat ->> 'kind';
  v_value text := p_chat ->> 'value';
  v_alt text := nullif(p_chat ->> 'alt', '');
  v_alt_kind text := coalesce(p_chat ->> 'altKind', case v_kind when 'lid' then 'phone' else 'lid' end);
  v_id uuid;
  v_other uuid;
  v_keep uuid;
begin
  select conversation_id into v_id from messaging.conversation_address
    where org_id = p_org and account_id = p_account.id and kind = v_kind and value = v_value;
  if v_alt is not null then
    select conversation_id into v_other from messaging.conversation_address
      where org_id = p_org and account_id = p_account.id and kind = v_alt_kind and value = v_alt;
  end if;
  if v_id is null and v_other is null then
    perform messaging.ensure_conversations(p_org, jsonb_build_array(jsonb_build_object('accountId', p_account.id,
      'channel', p_account.channel, 'kind', v_kind, 'value', v_value)));
    select conversation_id into v_id from messaging.conversation_address
      where org_id = p_org and account_id = p_account.id and kind = v_kind and value = v_value;
  end if;
  if v_alt is null then
    return v_id;
  end if;

  v_keep := least(v_id, v_other); -- UUIDv7: the older one; least() passes over a null
  if v_id is null or v_other is null then
    insert into messaging.conversation_address (org_id, account_id, kind, value, conversation_id)
      values (p_org, p_account.id, v_kind, v_value, v_keep), (p_org, p_account.id, v_alt_kind, v_alt, v_keep)
      on conflict do nothing;
    update messaging.conversation
      set alt_kind = case when recipient_kind = v_kind then v_alt_kind else v_kind end,
          alt_value = case when recipient_kind = v_kind then v_alt else v_value end, updated_at = now()
      where org_id = p_org and id = v_keep and alt_value is null;
    insert into leads.identity_link_event (org_id, channel, account_id, kind, value, other_kind, other_value)
      values (p_org, p_account.channel, p_account.id, v_kind, v_value, v_alt_kind, v_alt)
      on conflict do nothing;
  elsif v_id <> v_other then
    if not messaging.merge_conversations(p_org, v_keep, greatest(v_id, v_other)) then
      return v_id;
    end if;
  end if;
  return v_keep;
end $$;

-- Media becomes a row of its own; references to other messages are looked up by provider id.
create function messaging.inbound_content(p_org uuid, p_account_id uuid, p_content jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_media jsonb := p_content -> 'media';
  v_media_id uuid;
begin
  if p_content ->> 'type' = 'media' then
    if v_media ->> 'storageKey' is not null then
      insert into messaging.media (org_id, content_type, size_bytes, sha256, storage_key, file_name, created_by)
        values (p_org, coalesce(v_media ->> 'contentType', 'application/octet-stream'), coalesce((v_media ->> 'sizeBytes')::bigint, 0),
                coalesce(v_media ->> 'sha256', ''), v_media ->> 'storageKey', v_media ->> 'fileName', 'channel')
        returning id into v_media_id;
    end if;
    return jsonb_strip_nulls(jsonb_build_object('type', v_media ->> 'kind', 'contentType', v_media ->> 'contentType',
        'caption', v_media ->> 'caption', 'fileName', v_media ->> 'fileName'))
      || jsonb_build_object('mediaId', v_media_id, 'sizeBytes', v_media -> 'sizeBytes');
  end if;
  if p_content ->> 'type' = 'reaction' then
    return jsonb_build_object('type', 'reaction', 'emoji', coalesce(p_content ->> 'emoji', ''),
      'targetProviderMessageId', p_content ->> 'targetProviderMessageId',
      'targetMessageId', messaging.message_by_provider_id(p_org, p_account_id, p_content ->> 'targetProviderMessageId'));
  end if;
  if p_content ->> 'type' = 'unsupported' then
    return jsonb_build_object('type', 'unsupported', 'kind', coalesce(p_content ->> 'kind', p_content ->> 'what', 'unknown'));
  end if;
  return p_content - 'quotedProviderMessageId';
end $$;

create function messaging.message_by_provider_id(p_org uuid, p_account_id uuid, p_provider_id text) returns uuid
language sql stable
set search_path = ''
as $$
  select coalesce(
    (select message_id from messaging.provider_ref
     where org_id = p_org and account_id = p_account_id and provider_message_id = p_provider_id limit 1),
    (select message_id from messaging.attempt
     where org_id = p_org and account_id = p_account_id and provider_token = p_provider_id limit 1))
$$;

create function messaging.record_inbound(p jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_results jsonb := '[]';
  v_item record;
begin
  -- Sorted by chat, so that two batches take conversations in one order; answered in the order asked.
  for v_item in
    select e, ord from jsonb_array_elements(p) with ordinality as t(e, ord)
    order by e ->> 'accountId', e -> 'chat' ->> 'kind', e -> 'chat' ->> 'value', ord
  loop
    v_results := v_results || jsonb_build_array(messaging.record_one_inbound(v_org, v_item.e)
      || jsonb_build_object('i', coalesce(v_item.e -> 'i', to_jsonb(v_item.ord - 1)), 'ord', v_item.ord));
  end loop;
  return (select coalesce(jsonb_agg(e - 'ord' order by (e ->> 'ord')::int), '[]') from jsonb_array_elements(v_results) e);
end $$;

create function messaging.record_one_inbound(p_org uuid, p_item jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_account channels.account;
  v_provider_id text := p_item ->> 'providerMessageId';
  v_from_me boolean := coalesce((p_item ->> 'fromMe')::boolean, false);
  v_backfilled boolean := coalesce((p_item ->> 'backfilled')::boolean, false);
  v_at timestamptz := coalesce((p_item ->> 'at')::timestamptz, now());
  v_conversation_id uuid;
  v_known uuid;
  v_id uuid := app.uuidv7();
  v_sender text;
  v_seq bigint;
  v_content jsonb;
begin
  select * into v_account from channels.account where org_id = p_org and id = (p_item ->> 'accountId')::uuid;
  if v_account.id is null then
    return jsonb_build_object('providerMessageId', v_provider_id, 'new', false, 'isNew', false, 'code', 'ACCOUNT_NOT_FOUND');
  end if;
  if v_from_me then
    -- The echo of our own send is evidence, not a message.
    v_known := messaging.message_by_provider_id(p_org, v_account.id, v_provider_id);
    if v_known is not null then
      perform messaging.record_receipts(jsonb_build_array(jsonb_build_object('accountId', v_account.id,
        'providerMessageId', v_provider_id, 'status', 'server_acked', 'at', v_at)));
      return jsonb_build_object('providerMessageId', v_provider_id, 'new', false, 'isNew', false, 'messageId', v_known);
    end if;
  end if;

  v_conversation_id := messaging.conversation_of(p_org, v_account, p_item -> 'chat');
  v_sender := case when v_from_me then 'me'
    when p_item -> 'sender' ->> 'value' is null
      or p_item -> 'sender' ->> 'value' in (p_item -> 'chat' ->> 'value', p_item -> 'chat' ->> 'alt') then ''
    else (p_item -> 'sender' ->> 'kind') || ':' || (p_item -> 'sender' ->> 'value') end;
  insert into messaging.inbound_key (org_id, account_id, conversation_id, sender, provider_message_id, message_id)
    values (p_org, v_account.id, v_conversation_id, v_sender, v_provider_id, v_id)
    on conflict do nothing;
  if not found then
    select message_id into v_known from messaging.inbound_key
      where org_id = p_org and account_id = v_account.id and conversation_id = v_conversation_id
        and sender = v_sender and provider_message_id = v_provider_id;
    return jsonb_build_object('providerMessageId', v_provider_id, 'new', false, 'isNew', false,
      'messageId', v_known, 'conversationId', v_conversation_id);
  end if;

  v_content := messaging.inbound_content(p_org, v_account.id, p_item -> 'content');
  update messaging.conversation c
    set last_seq = last_seq + 1, last_message_id = v_id, last_message_at = greatest(v_at, last_message_at),
        unread_count = unread_count + case when v_from_me or v_backfilled then 0 else 1 end,
        first_inbound_at = case when v_from_me then first_inbound_at else coalesce(first_inbound_at, v_at) end,
        first_sent_at = case when v_from_me then coalesce(first_sent_at, v_at) else first_sent_at end,
        display_name = case when v_from_me then display_name else coalesce(nullif(p_item ->> 'pushName', ''), display_name) end,
        status = case when status = 'closed' and not v_from_me and not v_backfilled then 'open' else status end,
        updated_at = now(), version = version + 1
    where org_id = p_org and id = v_conversation_id
    returning last_seq into v_seq;
  insert into messaging.message (org_id, id, conversation_id, account_id, seq, direction, channel, status, content,
      provider_message_id, sender, provider_ts, backfilled, reply_to, created_by)
    values (p_org, v_id, v_conversation_id, v_account.id, v_seq, case when v_from_me then 'out' else 'in' end,
      v_account.channel, case when v_from_me then 'server_acked' else 'received' end, v_content, v_provider_id,
      p_item -> 'sender', v_at, v_backfilled,
      messaging.message_by_provider_id(p_org, v_account.id, p_item -> 'content' ->> 'quotedProviderMessageId'),
      case when v_from_me then 'phone' end);
  insert into messaging.provider_ref (org_id, account_id, provider_message_id, message_id, conversation_id)
    values (p_org, v_account.id, v_provider_id, v_id, v_conversation_id) on conflict do nothing;
  perform messaging.put_history(p_org, v_id, case when v_from_me then 'server_acked' else 'received' end, null, 'provider', v_at);
  perform messaging.put_event(p_org, v_account.id, 'message_received', jsonb_build_object('messageId', v_id,
    'conversationId', v_conversation_id, 'accountId', v_account.id, 'channel', v_account.channel, 'seq', v_seq,
    'content', v_content, 'backfilled', v_backfilled, 'fromMe', v_from_me, 'at', messaging.iso(v_at)));
  return jsonb_build_object('providerMessageId', v_provider_id, 'new', true, 'isNew', true, 'messageId', v_id,
    'conversationId', v_conversation_id, 'seq', v_seq);
end $$;

grant execute on function messaging.record_inbound(jsonb) to rarity_whatsapp;
