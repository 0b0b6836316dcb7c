-- The conversations of a group of accepted messages (see 0010).

create type messaging.new_conversation as (
  id uuid, account_id uuid, channel text, kind text, value text, lead_id uuid, messages bigint, last_message_id uuid);

-- Makes the conversations that are missing, with the messages of this group counted in, and answers which
-- were made here. Addresses are made in one order everywhere, so two groups cannot wait for each other in
-- a ring; whoever comes second finds the address taken and uses it.
create function messaging.open_conversations(p_org uuid, p_fresh messaging.accept_item[]) returns uuid[]
language plpgsql
set search_path = ''
as $$
declare
  v_named messaging.new_conversation[];
  v_made uuid[];
begin
  select array_agg(row(app.uuidv7(), w.account_id, w.channel, w.recipient_kind, w.recipient_value, w.lead_id, w.n, w.last_id)
                     ::messaging.new_conversation order by w.account_id, w.recipient_kind, w.recipient_value)
    into v_named
    from (
      select t.account_id, t.recipient_kind, t.recipient_value, min(t.channel) as channel, count(*) as n,
             (array_agg(t.lead_id) filter (where t.lead_id is not null))[1] as lead_id,
             (array_agg(t.id order by t.ordinality desc))[1] as last_id
      from unnest(p_fresh) with ordinality t
      where not exists (
        select from messaging.conversation_address k
        where k.org_id = p_org and k.account_id = t.account_id and k.kind = t.recipient_kind and k.value = t.recipient_value
        offset 0)
      group by 1, 2, 3) w;

  with claimed as (
    insert into messaging.conversation_address (org_id, account_id, kind, value, conversation_id)
    select p_org, n.account_id, n.kind, n.value, n.id from unnest(v_named) n
    on conflict do nothing
    returning conversation_id
  )
  select coalesce(array_agg(conversation_id), '{}') into v_made from claimed;

  insert into messaging.conversation (org_id, id, account_id, channel, recipient_kind, recipient_value, lead_id,
                                      last_seq, last_message_id, last_message_at)
  select p_org, n.id, n.account_id, n.channel, n.kind, n.value,
         coalesce(n.lead_id, (
           select i.lead_id from leads.contact_identity i
           where i.org_id = p_org and i.channel = n.channel and i.kind = n.kind and i.value = n.value
             and i.valid and (i.scope_account_id is null or i.scope_account_id = n.account_id)
           order by i.scope_account_id nulls last limit 1)),
         n.messages, n.last_message_id, now()
  from unnest(v_named) n
  where cardinality(v_made) = cardinality(v_named) or n.id = any (v_made);
  return v_made;
end $$;

-- The conversations that were there before move on by as many messages as they get.
create function messaging.advance_conversations(p_org uuid, p_fresh messaging.accept_item[], p_new uuid[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_ids uuid[];
  v_counts bigint[];
  v_last_ids uuid[];
  v_lanes smallint[];
begin
  select array_agg(x.conversation_id), array_agg(x.n), array_agg(x.last_id), array_agg(x.lane)
    into v_ids, v_counts, v_last_ids, v_lanes
    from (
      select k.conversation_id, count(*) as n, (array_agg(t.id order by t.ordinality desc))[1] as last_id, min(t.lane) as lane
      from unnest(p_fresh) with ordinality t
      cross join lateral (
        select k.conversation_id from messaging.conversation_address k
        where k.org_id = p_org and k.account_id = t.account_id and k.kind = t.recipient_kind and k.value = t.recipient_value
        offset 0) k
      where k.conversation_id <> all (p_new)
      group by 1) x;
  perform 1 from messaging.conversation where org_id = p_org and id = any (v_ids) order by id for no key update;
  update messaging.conversation c
    set last_seq = c.last_seq + v_counts[array_position(v_ids, c.id)],
        last_message_id = v_last_ids[array_position(v_ids, c.id)], last_message_at = now(), updated_at = now()
    where c.org_id = p_org and c.id = any (v_ids);

  -- A better lane lifts what stands before it in its conversation: order never changes, waiting does.
  with behind as materialized (
    select s.org_id, s.message_id, s.lane, s.conversation_id from messaging.send_queue s
    where s.org_id = p_org and s.conversation_id = any (v_ids) and s.scheduled_at is null
      and s.lane > v_lanes[array_position(v_ids, s.conversation_id)]
    for update skip locked
  )
  update messaging.send_queue q set lane = v_lanes[array_position(v_ids, q.conversation_id)]
  where q.org_id = p_org and q.message_id = any (array(select b.message_id from behind b));
end $$;
