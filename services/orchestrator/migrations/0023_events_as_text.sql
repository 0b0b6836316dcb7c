-- Events as JSON text. They are built once and from then on only handed on, to the stream and to the
-- sockets: as `jsonb` each page was taken apart and put together again at every step, and compressed
-- twice, which was a sixth of what a send cost Postgres.

drop view messaging.stream_event;
alter table messaging.outbox drop column n;
alter table messaging.outbox alter column events type json using events::json;
alter table messaging.outbox alter column events set storage external;
alter table messaging.outbox
  add column n int not null generated always as (json_array_length(events)) stored check (n > 0);
alter table messaging.stream_page alter column events type json using events::json;
alter table messaging.stream_page alter column events set storage external;

create view messaging.stream_event with (security_invoker = true) as
  select p.org_id, p.seq - p.n + e.nth as seq, e.event ->> 'id' as event_id, (e.event ->> 'accountId')::uuid as account_id,
         e.event ->> 'type' as type, e.event -> 'data' as data, p.at
  from messaging.stream_page p
  cross join lateral json_array_elements(p.events) with ordinality as e (event, nth);
grant select on messaging.stream_event to rarity_orchestrator;

-- Accounts are marked as deleted and never removed, and every function that makes a conversation has
-- read its account: the check cost a lock on the account's row for each conversation.
alter table messaging.conversation drop constraint conversation_org_id_account_id_fkey;
-- Without the id, which made it look as good as the primary key to plans made while the table was small.
drop index messaging.conversation_recent;
create index conversation_recent on messaging.conversation (org_id, last_message_at desc);

-- One event; `p_data` is JSON.
create function messaging.event_text(p_type text, p_account_id uuid, p_data text, p_wake boolean default false) returns text
language sql volatile
as $$
  select pg_catalog.format('{"id":"%s","type":"%s","accountId":%s,"wake":%s,"data":%s}', app.uuidv7(), p_type,
                           coalesce(pg_catalog.format('"%s"', p_account_id), 'null'), p_wake::text, p_data)
$$;

create or replace function messaging.put_event(p_org uuid, p_account_id uuid, p_type text, p_data jsonb,
                                               p_wake boolean default false) returns void
language sql
set search_path = ''
as $$
  insert into messaging.outbox (org_id, events)
  values (p_org, pg_catalog.json_build_array(messaging.event_text(p_type, p_account_id, p_data::text, p_wake)::json))
$$;

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
    select p_org, ('[' || string_agg(messaging.event_text('message_accepted', account_id, format(
      '{"messageId":"%s","conversationId":"%s","accountId":"%s","status":"accepted","seq":%s}',
      id, conversation_id, account_id, seq), true), ',' order by ordinality) || ']')::json
    from placed
  )
  select array_agg(conversation_id order by ordinality), array_agg(seq order by ordinality)
    into conversation_ids, seqs from placed;
end $$;

create or replace function messaging.close_acked(p_org uuid, p_account_id uuid, p_rows messaging.closing[],
                                                 p_source text) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_ids uuid[];
  v_numbers smallint[];
  v_provider_ids text[];
  v_times timestamptz[];
  v_evidence jsonb[];
  v_closed uuid[];
begin
  select array_agg(r.message_id), array_agg(r.attempt_no), array_agg(r.provider_message_id), array_agg(r.at),
         array_agg(jsonb_build_array(r.evidence || jsonb_build_object('closedBy', p_source)))
    into v_ids, v_numbers, v_provider_ids, v_times, v_evidence
    from (select distinct on (x.message_id) x.* from unnest(p_rows) x order by x.message_id) r;
  -- One lock order for everybody who changes messages.
  perform 1 from messaging.message
    where org_id = p_org and id = any (v_ids) and id between v_ids[1] and v_ids[cardinality(v_ids)]
    order by id for no key update;
  with closed as (
    update messaging.attempt t
    set state = 'A', settled_at = now(),
        provider_message_id = coalesce(v_provider_ids[array_position(v_ids, t.message_id)], t.provider_token),
        evidence = t.evidence || v_evidence[array_position(v_ids, t.message_id)]
    where t.org_id = p_org and t.message_id = any (v_ids) and t.state in ('D', 'U')
      and t.attempt_no = v_numbers[array_position(v_ids, t.message_id)]
      and (p_account_id is null or t.account_id = p_account_id)
    returning t.message_id, t.account_id, t.conversation_id, t.provider_message_id, t.provider_token
  ), known as (
    -- Where the provider keeps our token as its id, the attempt says it already.
    insert into messaging.provider_ref (org_id, account_id, provider_message_id, message_id, conversation_id)
    select p_org, account_id, provider_message_id, message_id, conversation_id from closed
    where provider_message_id <> provider_token
    on conflict do nothing
  )
  select array_agg(message_id), array_agg(provider_message_id) into v_closed, v_provider_ids from closed;

  with moved as (
    update messaging.message m
    set status = case when messaging.rank_of(m.status) < 4 then 'server_acked' else m.status end,
        provider_message_id = v_provider_ids[array_position(v_closed, m.id)],
        provider_ts = v_times[array_position(v_ids, m.id)],
        status_reason = case when messaging.rank_of(m.status) < 4 then null else m.status_reason end,
        history = case when messaging.rank_of(m.status) > 4 then m.history
          else m.history || row('server_acked', null, p_source, v_times[array_position(v_ids, m.id)])::messaging.history_step end,
        updated_at = now(), version = m.version + 1
    where m.org_id = p_org and m.id = any (v_closed) and m.id between v_ids[1] and v_ids[cardinality(v_ids)]
    returning m.id, m.status, m.account_id, m.conversation_id, m.provider_message_id, m.provider_ts as at
  )
  insert into messaging.outbox (org_id, events)
  select p_org, ('[' || string_agg(messaging.event_text('message_sent', account_id, format(
    '{"messageId":"%s","conversationId":"%s","accountId":"%s","status":"server_acked","providerMessageId":%s,"at":"%s"}',
    id, conversation_id, account_id, coalesce(to_json(provider_message_id)::text, 'null'), messaging.iso(at))), ',' order by id) || ']')::json
  from moved where status = 'server_acked' having count(*) > 0;

  if exists (select from messaging.parked_receipt where org_id = p_org) then
    perform messaging.match_parked(p_org, p_rows);
  end if;
end $$;

-- The furthest status of each message wins; history keeps each step that was news.
create or replace function messaging.apply_receipts(p_org uuid, p_steps messaging.step[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_ids uuid[] := (select array_agg(s.message_id order by s.message_id) from unnest(p_steps) s);
  v_statuses text[];
  v_codes text[];
  v_steps text[];
begin
  perform 1 from messaging.message
    where org_id = p_org and id = any (v_ids) and id between v_ids[1] and v_ids[cardinality(v_ids)]
    order by id for no key update;
  with r as materialized (
    select distinct on (s.message_id, s.status) s.*, messaging.rank_of(s.status) as rank
    from unnest(p_steps) s order by s.message_id, s.status, s.at
  ), news as materialized (
    -- A failure after the person's phone has it, or after a final state, is not news.
    select r.*, m.conversation_id, m.account_id
    from r
    cross join lateral (
      select m.* from messaging.message m
      where m.org_id = p_org and m.id = r.message_id and m.id between v_ids[1] and v_ids[cardinality(v_ids)] offset 0) m
    where m.direction = 'out' and m.status not in ('failed', 'cancelled')
      and r.rank > messaging.rank_of(m.status)
      and (r.status <> 'failed' or messaging.rank_of(m.status) < 5)
  ), told as (
    insert into messaging.outbox (org_id, events)
    select p_org, ('[' || string_agg(messaging.event_text('message_status', account_id, json_strip_nulls(json_build_object(
      'messageId', message_id, 'conversationId', conversation_id, 'accountId', account_id, 'status', status,
      'reason', error ->> 'code', 'at', messaging.iso(at)))::text), ',' order by rank) || ']')::json
    from news having count(*) > 0
  )
  -- Arrays of arrays must be of one length, text need not: the steps of a message travel as text.
  select array_agg(f.message_id), array_agg(f.statuses[cardinality(f.statuses)]), array_agg(f.codes[cardinality(f.codes)]),
         array_agg(f.steps)
    into v_ids, v_statuses, v_codes, v_steps
    from (
      select n.message_id, array_agg(n.status order by n.rank) as statuses, array_agg(n.error ->> 'code' order by n.rank) as codes,
             array_agg(row(n.status, n.error ->> 'code', 'provider', n.at)::messaging.history_step order by n.rank)::text as steps
      from news n group by n.message_id order by n.message_id) f;
  update messaging.message m
    set status = v_statuses[array_position(v_ids, m.id)],
        status_reason = case when v_statuses[array_position(v_ids, m.id)] = 'failed'
                             then coalesce(v_codes[array_position(v_ids, m.id)], 'PROVIDER_FAILED') end,
        history = m.history || v_steps[array_position(v_ids, m.id)]::messaging.history_step[],
        updated_at = now(), version = m.version + 1
    where m.org_id = p_org and m.id = any (v_ids) and m.id between v_ids[1] and v_ids[cardinality(v_ids)];
end $$;

drop function messaging.event_of(text, uuid, jsonb, boolean);
