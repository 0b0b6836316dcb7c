-- What a person or another service decides.

-- Cancelled before the claim means never called. The queue row is the point both sides fight for.
create function messaging.cancel_message(p_message_id uuid, p_reason text default 'CANCELLED_BY_USER') returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_status text;
begin
  delete from messaging.send_queue where org_id = v_org and message_id = p_message_id;
  if found then
    perform messaging.conclude(v_org, p_message_id, 'cancelled', p_reason, 'person');
    return jsonb_build_object('ok', true, 'id', p_message_id, 'status', 'cancelled');
  end if;
  select status into v_status from messaging.message
    where org_id = v_org and id = p_message_id and direction = 'out';
  if v_status is null then
    return jsonb_build_object('ok', false, 'code', 'NOT_FOUND');
  end if;
  return jsonb_build_object('ok', v_status = 'cancelled', 'id', p_message_id, 'status', v_status,
    'code', case when v_status <> 'cancelled' then 'CONFLICT' end);
end $$;

-- Why has it not left, and when does that change by itself? Null when nothing holds it.
create function messaging.explain_wait(p_message_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_row messaging.send_queue;
  v_account channels.account;
  v_budget record;
  v_stranger boolean;
  v_reason text;
  v_until timestamptz;
begin
  if exists (select from messaging.attempt where org_id = v_org and message_id = p_message_id and state = 'D') then
    return jsonb_build_object('reason', 'AWAITING_PROVIDER', 'message', 'Sent to the provider, its answer is awaited');
  end if;
  select * into v_row from messaging.send_queue where org_id = v_org and message_id = p_message_id;
  if v_row.message_id is null then
    return null;
  end if;
  select * into v_account from channels.account where org_id = v_org and id = v_row.account_id;
  select * into v_budget from messaging.budget(v_row.account_id, 1);
  select first_inbound_at is null and first_sent_at is null into v_stranger
    from messaging.conversation where org_id = v_org and id = v_row.conversation_id;

  select r, u into v_reason, v_until from (values
    (1, v_row.scheduled_at > now(), 'SCHEDULED', v_row.scheduled_at),
    (1.5, v_account.logout_requested_at is not null, 'LOGOUT_REQUESTED', null),
    (2, v_account.paused, 'ACCOUNT_PAUSED', null),
    (3, v_account.state in ('paused', 'logged_out', 'restricted', 'failed', 'pending', 'pairing'), 'ACCOUNT_' || upper(v_account.state), null),
    (4, v_account.blocked_until > now(), 'ACCOUNT_REFUSED', v_account.blocked_until),
    (5, v_row.due_at > now(), 'RETRY', v_row.due_at),
    (6, exists (select from messaging.attempt d where d.org_id = v_org and d.conversation_id = v_row.conversation_id and d.state = 'D'),
        'EARLIER_MESSAGE_OPEN', null),
    (7, exists (select from messaging.send_queue b where b.org_id = v_org and b.conversation_id = v_row.conversation_id
                and b.seq < v_row.seq and (b.scheduled_at is null or b.scheduled_at <= now())), 'EARLIER_MESSAGE_WAITS', null),
    (8, v_budget.allowed = 0, v_budget.reason, v_budget.until),
    (9, v_stranger and v_budget.strangers = 0, 'LIMIT_STRANGERS_PER_DAY', v_budget.until),
    (10, v_account.state <> 'connected', 'ACCOUNT_' || upper(v_account.state), null),
    (11, true, 'IN_QUEUE', null)
  ) as why (n, holds, r, u) where holds order by n limit 1;
  return jsonb_build_object('reason', v_reason, 'until', messaging.iso(v_until), 'message', case
    when v_reason = 'SCHEDULED' then 'Scheduled by the sender'
    when v_reason = 'LOGOUT_REQUESTED' then 'The account is being logged out'
    when v_reason = 'ACCOUNT_PAUSED' then 'The account is paused'
    when v_reason = 'ACCOUNT_REFUSED' then 'The provider refused the account for a while'
    when v_reason = 'RETRY' then 'Waiting before the next attempt: ' || coalesce(v_row.reason, 'it failed')
    when v_reason like 'EARLIER_MESSAGE%' then 'An earlier message of this conversation goes first'
    when v_reason like 'LIMIT_%' then 'A limit of the account is used up'
    when v_reason = 'IN_QUEUE' then 'In the queue of its account'
    else 'The account is ' || replace(v_account.state, '_', ' ') end);
end $$;

-- A person decides about an unknown outcome, with the evidence before them.
create function messaging.resolve_uncertain(p_message_id uuid, p_decision text, p_actor text default null, p_note text default null)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_message messaging.message;
begin
  select * into v_message from messaging.message
    where org_id = v_org and id = p_message_id and direction = 'out' for no key update;
  if v_message.id is null then
    return jsonb_build_object('ok', false, 'code', 'NOT_FOUND');
  end if;
  if v_message.status <> 'uncertain' or p_decision not in ('send_again', 'mark_sent') then
    return jsonb_build_object('ok', false, 'code', 'CONFLICT', 'id', p_message_id, 'status', v_message.status);
  end if;
  update messaging.attempt
    set evidence = evidence || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
          'decision', p_decision, 'by', p_actor, 'note', p_note, 'at', messaging.iso(now()))))
    where org_id = v_org and message_id = p_message_id and state = 'U';
  if p_decision = 'mark_sent' then
    perform messaging.conclude(v_org, p_message_id, 'server_acked', 'MARKED_BY_PERSON', 'person');
    return jsonb_build_object('ok', true, 'id', p_message_id, 'status', 'server_acked');
  end if;
  perform messaging.send_again(v_org, v_message, 'SENT_AGAIN_BY_PERSON');
  return jsonb_build_object('ok', true, 'id', p_message_id, 'status', 'queued');
end $$;

-- The one way back: somebody asked for it. Same token and bytes, five more attempts.
create function messaging.send_again(p_org uuid, p_message messaging.message, p_reason text) returns void
language plpgsql
set search_path = ''
as $$
begin
  update messaging.message
    set status = 'queued', status_reason = null, attempt_budget = attempt_count - absent_count + 5, blamed_count = 0, updated_at = now(), version = version + 1
    where org_id = p_org and id = p_message.id;
  perform messaging.put_history(p_org, p_message.id, 'queued', p_reason, 'person');
  perform messaging.requeue(p_org, p_message.id, now(), p_reason);
  perform messaging.put_event(p_org, p_message.account_id, 'message_status', jsonb_build_object('messageId', p_message.id,
    'conversationId', p_message.conversation_id, 'accountId', p_message.account_id, 'status', 'queued',
    'reason', p_reason, 'at', messaging.iso(now())), true);
end $$;

create function messaging.retry_dead_letter(p_id uuid, p_actor text default null) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_letter messaging.dead_letter;
  v_message messaging.message;
begin
  select * into v_letter from messaging.dead_letter where org_id = v_org and id = p_id for update;
  if v_letter.id is null then
    return jsonb_build_object('ok', false, 'code', 'NOT_FOUND');
  end if;
  if v_letter.state <> 'open' then
    return jsonb_build_object('ok', false, 'code', 'CONFLICT', 'state', v_letter.state);
  end if;
  select * into v_message from messaging.message where org_id = v_org and id = v_letter.message_id for no key update;
  update messaging.dead_letter set state = 'retried', resolved_at = now(), resolved_by = p_actor
    where org_id = v_org and id = p_id;
  perform messaging.send_again(v_org, v_message, 'DEAD_LETTER_RETRIED');
  return jsonb_build_object('ok', true, 'id', v_message.id, 'status', 'queued');
end $$;

create function messaging.discard_dead_letter(p_id uuid, p_actor text default null) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_state text;
begin
  update messaging.dead_letter set state = 'discarded', resolved_at = now(), resolved_by = p_actor
    where org_id = v_org and id = p_id and state = 'open';
  if found then
    return jsonb_build_object('ok', true, 'state', 'discarded');
  end if;
  select state into v_state from messaging.dead_letter where org_id = v_org and id = p_id;
  return jsonb_build_object('ok', false, 'code', case when v_state is null then 'NOT_FOUND' else 'CONFLICT' end, 'state', v_state);
end $$;

-- Marks a conversation read up to a seq and names what the channel should tell the other side.
create function messaging.mark_conversation_read(p_conversation_id uuid, p_up_to_seq bigint default null) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_conversation messaging.conversation;
  v_up_to bigint;
  v_ids jsonb;
begin
  select * into v_conversation from messaging.conversation
    where org_id = v_org and id = p_conversation_id for no key update;
  if v_conversation.id is null then
    return jsonb_build_object('ok', false, 'code', 'NOT_FOUND');
  end if;
  v_up_to := greatest(v_conversation.read_seq, least(coalesce(p_up_to_seq, v_conversation.last_seq), v_conversation.last_seq));
  select coalesce(jsonb_agg(provider_message_id order by seq), '[]') into v_ids from (
    select provider_message_id, seq from messaging.message
    where org_id = v_org and conversation_id = p_conversation_id and direction = 'in'
      and seq > v_conversation.read_seq and seq <= v_up_to order by seq desc limit 500) m;
  update messaging.conversation c
    set read_seq = v_up_to, updated_at = now(), version = version + 1, unread_count = (
      select count(*) from messaging.message m where m.org_id = v_org and m.conversation_id = p_conversation_id
        and m.direction = 'in' and not m.backfilled and m.seq > v_up_to)
    where org_id = v_org and id = p_conversation_id and (read_seq < v_up_to or unread_count > 0)
    returning * into v_conversation;
  if found then
    perform messaging.put_event(v_org, v_conversation.account_id, 'conversation_updated', jsonb_build_object(
      'conversationId', p_conversation_id, 'unreadCount', v_conversation.unread_count, 'readSeq', v_up_to));
  end if;
  return jsonb_build_object('ok', true, 'id', p_conversation_id, 'unreadCount', (
      select unread_count from messaging.conversation where org_id = v_org and id = p_conversation_id),
    'readSeq', v_up_to, 'providerMessageIds', v_ids,
    'accountId', (select account_id from messaging.conversation where org_id = v_org and id = p_conversation_id));
end $$;

-- Everything waiting for the conversation is cancelled in the same transaction.
create function messaging.set_opt_out(p_conversation_id uuid, p_opted_out boolean) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_id uuid;
begin
  if p_opted_out then
    for v_id in delete from messaging.send_queue
                where org_id = v_org and conversation_id = p_conversation_id returning message_id loop
      perform messaging.conclude(v_org, v_id, 'cancelled', 'OPTED_OUT', 'person');
    end loop;
  end if;
  update messaging.conversation
    set opted_out_at = case when p_opted_out then coalesce(opted_out_at, now()) end, updated_at = now()
    where org_id = v_org and id = p_conversation_id;
  return jsonb_build_object('ok', found);
end $$;

-- A lead opted out or came back: all its conversations follow.
create function messaging.set_lead_opt_out(p_lead_id uuid, p_opted_out boolean) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform messaging.set_opt_out(c.id, p_opted_out)
    from messaging.conversation c
    where c.org_id = app.require_org() and c.lead_id = p_lead_id and c.merged_into is null;
end $$;

-- Events of other services on the organization's stream.
create function messaging.emit_event(p_type text, p_data jsonb) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  if p_type not in ('lead_updated', 'account_updated', 'conversation_updated') then
    raise exception 'event type % is not for other services', p_type using errcode = '22023';
  end if;
  perform messaging.put_event(app.require_org(), (p_data ->> 'accountId')::uuid, p_type, p_data, false);
end $$;

grant execute on function messaging.cancel_message(uuid, text), messaging.explain_wait(uuid),
  messaging.resolve_uncertain(uuid, text, text, text), messaging.retry_dead_letter(uuid, text),
  messaging.discard_dead_letter(uuid, text), messaging.mark_conversation_read(uuid, bigint),
  messaging.set_opt_out(uuid, boolean), messaging.emit_event(text, jsonb) to rarity_orchestrator;
grant execute on function messaging.emit_event(text, jsonb), messaging.set_lead_opt_out(uuid, boolean) to rarity_leads;
grant execute on function messaging.emit_event(text, jsonb) to rarity_accounts;
