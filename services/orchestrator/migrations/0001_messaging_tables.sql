-- The send protocol's tables. Only the functions of this schema write them.

create schema messaging;
grant usage on schema messaging to rarity_orchestrator, rarity_whatsapp, rarity_accounts, rarity_leads, rarity_system;

create table messaging.conversation (
  org_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  channel text not null,
  recipient_kind text not null,
  recipient_value text not null,
  alt_kind text,
  alt_value text,
  display_name text,
  lead_id uuid,
  status text not null default 'open' check (status in ('open', 'pending', 'snoozed', 'closed')),
  last_seq bigint not null default 0,
  read_seq bigint not null default 0,
  unread_count int not null default 0,
  last_message_id uuid,
  last_message_at timestamptz,
  -- A stranger is a person who never wrote to us and whom we never wrote to.
  first_sent_at timestamptz,
  first_inbound_at timestamptz,
  opted_out_at timestamptz,
  merged_into uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version int not null default 1,
  primary key (org_id, id),
  foreign key (org_id, account_id) references channels.account (org_id, id),
  foreign key (org_id, merged_into) references messaging.conversation (org_id, id)
) with (fillfactor = 80);
create index conversation_recent on messaging.conversation (org_id, last_message_at desc, id desc);
create index conversation_opted_out on messaging.conversation (org_id, account_id) where opted_out_at is not null;
create index conversation_lead on messaging.conversation (org_id, lead_id) where lead_id is not null;

-- Every address under which a conversation is known; a LID and a phone may lead to the same one.
create table messaging.conversation_address (
  org_id uuid not null,
  account_id uuid not null,
  kind text not null,
  value text not null,
  conversation_id uuid not null,
  primary key (org_id, account_id, kind, value),
  foreign key (org_id, conversation_id) references messaging.conversation (org_id, id) on delete cascade
);
create index conversation_address_conversation on messaging.conversation_address (org_id, conversation_id);

create table messaging.message (
  org_id uuid not null,
  id uuid not null,
  conversation_id uuid not null,
  account_id uuid not null,
  seq bigint not null,
  direction text not null check (direction in ('out', 'in')),
  channel text not null,
  lane smallint,
  status text not null check (status in ('accepted', 'queued', 'dispatching', 'server_acked', 'delivered',
    'read', 'failed', 'cancelled', 'uncertain', 'received')),
  status_reason text,
  content jsonb not null,
  content_hash text,
  provider_token text,
  provider_message_id text,
  sender jsonb,
  provider_ts timestamptz,
  backfilled boolean not null default false,
  reply_to uuid,
  -- Routes left to try after a definite refusal of the recipient, frozen at accept.
  chain jsonb not null default '[]',
  metadata jsonb not null default '{}',
  send_at timestamptz,
  attempt_count smallint not null default 0,
  -- Of them proved absent: nothing left the process, so they cost nothing of the budget.
  absent_count smallint not null default 0,
  -- Of those, the ones where sending this very message failed: it must not be tried for ever.
  blamed_count smallint not null default 0,
  attempt_budget smallint not null default 5,
  created_by text,
  traceparent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version int not null default 1,
  primary key (org_id, id),
  foreign key (org_id, conversation_id) references messaging.conversation (org_id, id)
) partition by range (id);
create index message_conversation on messaging.message (org_id, conversation_id, seq);

create table messaging.message_event (
  org_id uuid not null,
  id uuid not null default app.uuidv7(),
  message_id uuid not null,
  status text not null,
  reason text,
  source text not null,
  at timestamptz not null default now(),
  primary key (org_id, id)
) partition by range (id);
create index message_event_message on messaging.message_event (org_id, message_id, id);

-- D dispatched, outcome unknown; A accepted; R refused for certain; S superseded by a resend of the
-- same token; X proved absent; U unresolved, shown to a person.
create table messaging.attempt (
  org_id uuid not null,
  message_id uuid not null,
  attempt_no smallint not null check (attempt_no > 0),
  account_id uuid not null,
  conversation_id uuid not null,
  state char(1) not null check (state in ('D', 'A', 'R', 'S', 'X', 'U')),
  holder text not null,
  fencing_token bigint not null,
  provider_token text not null,
  provider_message_id text,
  -- Another copy of an attempt of unknown outcome, which it superseded.
  resend boolean not null default false,
  error jsonb,
  evidence jsonb not null default '[]',
  -- Not the start of the transaction, which may have waited for the attempt before this one.
  started_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  visited_at timestamptz,
  visits int not null default 0,
  primary key (org_id, message_id, attempt_no),
  foreign key (org_id, message_id) references messaging.message (org_id, id)
) with (fillfactor = 80);
-- I5: at most one attempt of unknown outcome in a conversation.
create unique index attempt_one_open on messaging.attempt (org_id, conversation_id) where state = 'D';
create index attempt_open on messaging.attempt (org_id, account_id, started_at) where state = 'D';
create index attempt_token on messaging.attempt (org_id, account_id, provider_token);

-- What has to leave. The row goes when its attempt is written and comes back for a retry.
create table messaging.send_queue (
  org_id uuid not null,
  message_id uuid not null,
  account_id uuid not null,
  conversation_id uuid not null,
  seq bigint not null,
  lane smallint not null,
  due_at timestamptz not null default now(),
  -- Asked for by the sender: until then later messages of the conversation pass by.
  scheduled_at timestamptz,
  hinted_at timestamptz,
  reason text,
  enqueued_at timestamptz not null default now(),
  primary key (org_id, message_id)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
create index send_queue_account on messaging.send_queue (org_id, account_id, lane, message_id);
create index send_queue_conversation on messaging.send_queue (org_id, conversation_id, seq);
create index send_queue_due on messaging.send_queue (due_at);

create table messaging.outbox (
  org_id uuid not null,
  id bigint generated always as identity,
  account_id uuid,
  message_id uuid,
  event_id uuid not null default app.uuidv7(),
  type text not null,
  data jsonb not null,
  wake boolean not null default false,
  at timestamptz not null default now(),
  primary key (org_id, id)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
create index outbox_order on messaging.outbox (id);

create table messaging.stream_head (
  org_id uuid primary key,
  seq bigint not null default 0
) with (fillfactor = 50);

create table messaging.stream_event (
  org_id uuid not null,
  seq bigint not null,
  event_id uuid not null,
  account_id uuid,
  type text not null,
  data jsonb not null,
  at timestamptz not null,
  primary key (org_id, seq)
);
create index stream_event_age on messaging.stream_event (at);

create table messaging.idempotency (
  org_id uuid not null,
  route text not null,
  key text not null check (length(key) between 1 and 255),
  request_hash text not null,
  message_id uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '7 days',
  primary key (org_id, route, key)
);
create index idempotency_age on messaging.idempotency (expires_at);

create table messaging.dead_letter (
  org_id uuid not null,
  id uuid not null default app.uuidv7(),
  message_id uuid not null,
  conversation_id uuid not null,
  account_id uuid not null,
  channel text not null,
  state text not null default 'open' check (state in ('open', 'retried', 'discarded')),
  error jsonb not null,
  attempt_count int not null,
  created_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolved_by text,
  primary key (org_id, id),
  foreign key (org_id, message_id) references messaging.message (org_id, id)
);
create index dead_letter_message on messaging.dead_letter (org_id, message_id);

create table messaging.media (
  org_id uuid not null,
  id uuid not null default app.uuidv7(),
  content_type text not null,
  size_bytes bigint not null check (size_bytes >= 0),
  sha256 text not null,
  storage_key text not null,
  file_name text,
  created_by text,
  created_at timestamptz not null default now(),
  primary key (org_id, id)
);

-- I9: one row for each (account, chat, sender, provider id), whatever the redelivery. The chat is
-- named by its conversation, so a message redelivered under the LID meets the one under the phone.
create table messaging.inbound_key (
  org_id uuid not null,
  account_id uuid not null,
  conversation_id uuid not null,
  sender text not null,
  provider_message_id text not null,
  message_id uuid not null,
  primary key (org_id, account_id, conversation_id, sender, provider_message_id)
);

create table messaging.provider_ref (
  org_id uuid not null,
  account_id uuid not null,
  provider_message_id text not null,
  message_id uuid not null,
  conversation_id uuid not null,
  primary key (org_id, account_id, provider_message_id, message_id)
);

-- Receipts for ids we do not know yet; matched when the id arrives.
create table messaging.parked_receipt (
  org_id uuid not null,
  account_id uuid not null,
  provider_message_id text not null,
  status text not null,
  at timestamptz not null,
  error jsonb,
  parked_at timestamptz not null default now(),
  primary key (org_id, account_id, provider_message_id, status)
);
create index parked_receipt_age on messaging.parked_receipt (parked_at);

-- One relay at a time keeps the stream in commit order; the row is the baton.
create table messaging.relay_baton (one boolean primary key default true check (one));
insert into messaging.relay_baton values (true);

insert into app.partitioned_table values ('messaging', 'message'), ('messaging', 'message_event');

select app.protect(format('messaging.%I', t)::regclass)
from unnest(array['conversation', 'conversation_address', 'message', 'message_event', 'attempt', 'send_queue',
  'outbox', 'stream_head', 'stream_event', 'idempotency', 'dead_letter', 'media', 'inbound_key',
  'provider_ref', 'parked_receipt']) t;
select app.open_to_system('messaging.message', 'select, update');
select app.open_to_system('messaging.message_event', 'select, insert');
select app.open_to_system('messaging.attempt', 'select, update');
select app.open_to_system('messaging.send_queue', 'select, update');
select app.open_to_system('messaging.outbox', 'select, update, delete');
select app.open_to_system('messaging.stream_head', 'select, insert, update');
select app.open_to_system('messaging.stream_event', 'select, insert, delete');
select app.open_to_system('messaging.idempotency', 'select, delete');
select app.open_to_system('messaging.parked_receipt', 'select, delete');
grant select, update on messaging.relay_baton to rarity_system;
grant usage, create on schema messaging to rarity_system;

select app.ensure_partitions(3);
grant execute on function app.ensure_partitions(int) to rarity_orchestrator;

grant select on messaging.conversation, messaging.conversation_address, messaging.message, messaging.message_event,
  messaging.attempt, messaging.send_queue, messaging.stream_head, messaging.stream_event,
  messaging.idempotency, messaging.dead_letter, messaging.media to rarity_orchestrator;
grant insert on messaging.media to rarity_orchestrator;
grant update (status, updated_at, version) on messaging.conversation to rarity_orchestrator;
grant select, insert on messaging.media to rarity_whatsapp;
-- getMessage of the WhatsApp library asks for a sent message by its id.
grant select on messaging.message, messaging.attempt, messaging.conversation to rarity_whatsapp;
