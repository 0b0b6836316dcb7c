-- role: admin
-- Two things were rows of their own and need not be. What happened to a message: a row for each step,
-- while the message is written at every one of those steps. And what is told: two rows for each event,
-- while what was committed together can be told together. Half of the rows of a send were these.
--
-- The data is moved by the administrator, who sees all tenants; everything made here is the owner's.

lock table messaging.message_event, messaging.outbox, messaging.stream_event in access exclusive mode;

create temporary table moved_history on commit drop as
  select org_id, message_id, array_agg(status order by id) as statuses, array_agg(reason order by id) as reasons,
         array_agg(source order by id) as sources, array_agg(at order by id) as times
  from messaging.message_event group by org_id, message_id;
create temporary table moved_outbox on commit drop as
  select org_id, max(at) as at, jsonb_agg(jsonb_build_object('id', event_id, 'type', type, 'accountId', account_id,
                                                            'wake', wake, 'data', data) order by id) as events
  from messaging.outbox group by org_id;
create temporary table moved_stream on commit drop as
  select org_id, seq, at, jsonb_build_array(jsonb_build_object('id', event_id, 'type', type, 'accountId', account_id,
                                                              'data', data)) as events
  from messaging.stream_event;

set local role rarity_owner;

delete from app.partitioned_table where schema_name = 'messaging' and table_name = 'message_event';
drop table messaging.message_event, messaging.outbox, messaging.stream_event;

create type messaging.history_step as (status text, reason text, source text, at timestamptz);
-- In the order in which the steps became known.
alter table messaging.message add column history messaging.history_step[] not null default '{}';

create table messaging.outbox (
  org_id uuid not null,
  id bigint generated always as identity,
  -- `[{id, type, accountId, data, wake}]`, in order. `wake`: the account has something new to send.
  events jsonb not null,
  n int not null generated always as (jsonb_array_length(events)) stored check (n > 0),
  at timestamptz not null default now(),
  primary key (org_id, id)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
create index outbox_order on messaging.outbox (id);

-- A page holds the events `seq - n + 1` to `seq` of its organization.
create table messaging.stream_page (
  org_id uuid not null,
  seq bigint not null,
  n int not null check (n > 0),
  events jsonb not null,
  at timestamptz not null,
  primary key (org_id, seq)
);
create index stream_page_age on messaging.stream_page (at);

select app.protect('messaging.outbox');
select app.protect('messaging.stream_page');
select app.open_to_system('messaging.outbox', 'select, delete');
select app.open_to_system('messaging.stream_page', 'select, insert, delete');

-- The rows as they were, to look things up: each with the caller's rights, never on a hot path.
create view messaging.message_event with (security_invoker = true) as
  select m.org_id, m.id as message_id, h.n as id, h.status, h.reason, h.source, h.at
  from messaging.message m
  cross join lateral unnest(m.history) with ordinality as h (status, reason, source, at, n);
create view messaging.stream_event with (security_invoker = true) as
  select p.org_id, p.seq - p.n + e.nth as seq, e.event ->> 'id' as event_id, (e.event ->> 'accountId')::uuid as account_id,
         e.event ->> 'type' as type, e.event -> 'data' as data, p.at
  from messaging.stream_page p
  cross join lateral jsonb_array_elements(p.events) with ordinality as e (event, nth);
grant select on messaging.message_event, messaging.stream_page, messaging.stream_event to rarity_orchestrator;

create function messaging.event_of(p_type text, p_account_id uuid, p_data jsonb, p_wake boolean default false) returns jsonb
language sql volatile
as $$
  select jsonb_build_object('id', app.uuidv7(), 'type', p_type, 'accountId', p_account_id, 'wake', p_wake, 'data', p_data)
$$;

create or replace function messaging.put_event(p_org uuid, p_account_id uuid, p_type text, p_data jsonb,
                                               p_wake boolean default false) returns void
language sql
set search_path = ''
as $$
  insert into messaging.outbox (org_id, events)
  values (p_org, jsonb_build_array(messaging.event_of(p_type, p_account_id, p_data, p_wake)))
$$;

create or replace function messaging.put_history(p_org uuid, p_message_id uuid, p_status text, p_reason text,
                                                 p_source text, p_at timestamptz default now()) returns void
language sql
set search_path = ''
as $$
  update messaging.message
  set history = history || row(p_status, p_reason, p_source, p_at)::messaging.history_step
  where org_id = p_org and id = p_message_id
$$;

reset role;

update messaging.message m
set history = array(
  select row(s.status, s.reason, s.source, s.at)::messaging.history_step
  from unnest(h.statuses, h.reasons, h.sources, h.times) with ordinality as s (status, reason, source, at, n) order by s.n)
from moved_history h
where h.org_id = m.org_id and h.message_id = m.id;
insert into messaging.outbox (org_id, events, at) select org_id, events, at from moved_outbox;
insert into messaging.stream_page (org_id, seq, n, events, at) select org_id, seq, 1, events, at from moved_stream;
