-- K7, K8 and K9 in the tables of 0018.

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
  select p_org, jsonb_agg(messaging.event_of('message_sent', account_id, jsonb_build_object('messageId', id,
    'conversationId', conversation_id, 'accountId', account_id, 'status', 'server_acked',
    'providerMessageId', provider_message_id, 'at', messaging.iso(at))) order by id)
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
    select p_org, jsonb_agg(messaging.event_of('message_status', account_id, jsonb_strip_nulls(jsonb_build_object(
      'messageId', message_id, 'conversationId', conversation_id, 'accountId', account_id, 'status', status,
      'reason', error ->> 'code', 'at', messaging.iso(at)))) order by rank)
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
