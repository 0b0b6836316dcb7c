-- K0 in the tables of 0018. A message stands in the queue of its account when it is accepted, in the same
-- transaction: it is queued at once, where the relay wrote that a moment later with two more rows.

create or replace function messaging.store_accepted(p_org uuid, p_fresh messaging.accept_item[],
                                                    out conversation_ids uuid[], out seqs bigint[])
language plpgsql
set search_path = ''
as $$
declare
  v_new uuid[] := '{}';
  v_history messaging.history_step[] := array[row('accepted', null, 'api', now()), row('queued', null, 'api', now())];
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
      content, content_hash, provider_token, reply_to, chain, metadata, send_at, created_by, traceparent, history)
    select p_org, id, conversation_id, account_id, seq, 'out', channel, lane, 'queued', content, content_hash,
      provider_token, reply_to, chain, metadata, send_at, created_by, traceparent, v_history
    from placed
  ), queued as (
    insert into messaging.send_queue (org_id, message_id, account_id, conversation_id, seq, lane, due_at, scheduled_at)
    select p_org, id, account_id, conversation_id, seq, lane, greatest(coalesce(send_at, now()), now()), send_at
    from placed
  ), told as (
    insert into messaging.outbox (org_id, events)
    select p_org, jsonb_agg(messaging.event_of('message_accepted', account_id, jsonb_build_object('messageId', id,
      'conversationId', conversation_id, 'accountId', account_id, 'status', 'accepted', 'seq', seq), true)
      order by ordinality)
    from placed
  )
  select array_agg(conversation_id order by ordinality), array_agg(seq order by ordinality)
    into conversation_ids, seqs from placed;
end $$;
