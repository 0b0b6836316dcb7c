-- Pieces the protocol's functions share. Granted to nobody: only functions of the same owner call them.

-- An event for the organization's stream. `p_wake`: the account has something new to do.
create function messaging.put_event(p_org uuid, p_account_id uuid, p_type text, p_data jsonb,
                                    p_wake boolean default false) returns void
language sql
set search_path = ''
as $$
  insert into messaging.outbox (org_id, account_id, message_id, type, data, wake)
  values (p_org, p_account_id, (p_data ->> 'messageId')::uuid, p_type, p_data, p_wake)
$$;

create function messaging.put_history(p_org uuid, p_message_id uuid, p_status text, p_reason text,
                                      p_source text, p_at timestamptz default now()) returns void
language sql
set search_path = ''
as $$
  insert into messaging.message_event (org_id, message_id, status, reason, source, at)
  values (p_org, p_message_id, p_status, p_reason, p_source, p_at)
$$;

create function messaging.iso(p_at timestamptz) returns text
language sql immutable
set search_path = ''
as $$ select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- How far a message has come. It never goes back, but for a person's explicit decision.
create function messaging.rank_of(p_status text) returns int
language sql immutable parallel safe
as $$
  select case p_status when 'accepted' then 0 when 'queued' then 1 when 'dispatching' then 2
    when 'uncertain' then 3 when 'server_acked' then 4 when 'delivered' then 5 when 'read' then 6
    else 9 end
$$;

-- Finds or makes the conversations of a batch of addresses `[{accountId, channel, kind, value, leadId?}]`.
-- Addresses are made in one order everywhere, so two batches cannot wait for each other in a ring.
create function messaging.ensure_conversations(p_org uuid, p_addresses jsonb) returns void
language sql
set search_path = ''
as $$
  with wanted as (
    select distinct on (a."accountId", a.kind, a.value) a.*
    from jsonb_to_recordset(p_addresses) as a("accountId" uuid, channel text, kind text, value text, "leadId" uuid)
    where not exists (
      select from messaging.conversation_address k
      where k.org_id = p_org and k.account_id = a."accountId" and k.kind = a.kind and k.value = a.value)
    order by a."accountId", a.kind, a.value
  ), named as materialized (
    select w.*, app.uuidv7() as conversation_id from wanted w
  ), claimed as (
    insert into messaging.conversation_address (org_id, account_id, kind, value, conversation_id)
    select p_org, "accountId", kind, value, conversation_id from named order by "accountId", kind, value
    on conflict do nothing
    returning conversation_id
  )
  insert into messaging.conversation (org_id, id, account_id, channel, recipient_kind, recipient_value, lead_id)
  select p_org, n.conversation_id, n."accountId", n.channel, n.kind, n.value,
         coalesce(n."leadId", (
           select i.lead_id from leads.contact_identity i
           where i.org_id = p_org and i.channel = n.channel and i.kind = n.kind and i.value = n.value
             and i.valid and (i.scope_account_id is null or i.scope_account_id = n."accountId")
           order by i.scope_account_id nulls last limit 1))
  from named n join claimed c using (conversation_id)
$$;

-- Exponential with half jitter: never zero, never above the cap.
create function messaging.backoff(p_failures int, p_base_s double precision, p_cap_s double precision) returns interval
language sql volatile
set search_path = ''
as $$
  select make_interval(secs => least(p_cap_s, p_base_s * 2 ^ (least(greatest(p_failures, 1), 20) - 1)) * (0.5 + random() / 2))
$$;

-- A message is back in line for a new attempt. Its seq keeps its place in the conversation.
create function messaging.requeue(p_org uuid, p_message_id uuid, p_due_at timestamptz, p_reason text) returns void
language sql
set search_path = ''
as $$
  insert into messaging.send_queue (org_id, message_id, account_id, conversation_id, seq, lane, due_at, reason)
  select m.org_id, m.id, m.account_id, m.conversation_id, m.seq, coalesce(m.lane, 2), p_due_at, p_reason
  from messaging.message m where m.org_id = p_org and m.id = p_message_id
  on conflict (org_id, message_id) do nothing
$$;

-- Moves a message to a final or shown state, once, with history and event.
create function messaging.conclude(p_org uuid, p_message_id uuid, p_status text, p_reason text, p_source text)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_message messaging.message;
begin
  update messaging.message
    set status = p_status, status_reason = p_reason, updated_at = now(), version = version + 1
    where org_id = p_org and id = p_message_id
      and messaging.rank_of(status) < messaging.rank_of(p_status)
      and status not in ('failed', 'cancelled')
    returning * into v_message;
  if v_message.id is null then
    return false;
  end if;
  perform messaging.put_history(p_org, p_message_id, p_status, p_reason, p_source);
  perform messaging.put_event(p_org, v_message.account_id,
    case p_status when 'server_acked' then 'message_sent' else 'message_status' end,
    jsonb_strip_nulls(jsonb_build_object('messageId', p_message_id, 'conversationId', v_message.conversation_id,
      'accountId', v_message.account_id, 'status', p_status, 'reason', p_reason,
      'providerMessageId', v_message.provider_message_id, 'at', messaging.iso(now()))));
  return true;
end $$;

-- Failed for good, and kept where a person can look at it and try again.
create function messaging.bury(p_org uuid, p_message_id uuid, p_error jsonb) returns void
language plpgsql
set search_path = ''
as $$
begin
  if messaging.conclude(p_org, p_message_id, 'failed', p_error ->> 'code', 'channel') then
    insert into messaging.dead_letter (org_id, message_id, conversation_id, account_id, channel, error, attempt_count)
    select m.org_id, m.id, m.conversation_id, m.account_id, m.channel, p_error, m.attempt_count
    from messaging.message m where m.org_id = p_org and m.id = p_message_id;
  end if;
end $$;
