-- Sending accounts: what they are, who holds their session, what they may still send today.

create schema channels;
grant usage on schema channels to rarity_orchestrator, rarity_whatsapp, rarity_accounts, rarity_system;

create table channels.account (
  org_id uuid not null,
  id uuid not null default app.uuidv7(),
  channel text not null check (channel in ('whatsapp', 'instagram', 'facebook', 'x', 'linkedin')),
  name text not null,
  display_name text not null default '',
  phone text,
  lid text,
  state text not null default 'pending' check (state in ('pending', 'pairing', 'connecting', 'connected',
    'reconnecting', 'hibernated', 'paused', 'restricted', 'logged_out', 'failed')),
  state_reason text,
  state_detail text,
  state_changed_at timestamptz not null default now(),
  paused boolean not null default false,
  -- Set when the provider refused the account for a while; claims wait until then.
  blocked_until timestamptz,
  limits jsonb not null default '{}',
  pacing jsonb not null default '{}',
  warmup_started_at timestamptz,
  paired_at timestamptz,
  last_connected_at timestamptz,
  last_activity_at timestamptz,
  -- The last message that left, to a few seconds: a ramp starts again after a long rest.
  last_sent_at timestamptz,
  -- Somebody wants this device unlinked and its session erased. Stands until it is done.
  logout_requested_at timestamptz,
  logout_reason text,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version int not null default 1,
  primary key (org_id, id),
  check ((logout_requested_at is null) = (logout_reason is null))
);
create unique index account_name on channels.account (org_id, channel, name) where deleted_at is null;
select app.protect('channels.account');
select app.open_to_system('channels.account', 'select');

-- One active holder for each set of credentials. The token only grows; the expiry is by this
-- database's clock.
create table channels.account_lease (
  org_id uuid not null,
  account_id uuid not null,
  holder text not null,
  token bigint not null check (token > 0),
  acquired_at timestamptz not null,
  renewed_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (org_id, account_id),
  foreign key (org_id, account_id) references channels.account (org_id, id) on delete cascade
);
select app.protect('channels.account_lease');
select app.open_to_system('channels.account_lease', 'select');

-- Sealed by the channel process (AES-256-GCM, data key wrapped by a versioned master key, bound to
-- tenant, account and row). `generation` only grows: an older snapshot put back is refused.
create table channels.session_creds (
  org_id uuid not null,
  account_id uuid not null,
  key_version text not null,
  wrapped_key bytea not null,
  blob bytea not null,
  generation bigint not null default 1,
  fencing_token bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, account_id),
  foreign key (org_id, account_id) references channels.account (org_id, id) on delete cascade
);
select app.protect('channels.session_creds');

create table channels.session_key (
  org_id uuid not null,
  account_id uuid not null,
  type text not null,
  key_id text not null,
  blob bytea not null,
  fencing_token bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (org_id, account_id, type, key_id),
  foreign key (org_id, account_id) references channels.account (org_id, id) on delete cascade
);
select app.protect('channels.session_key');

-- Calls made, counted when the attempt row is written (never at success). `grain_s` is the width of
-- the bucket: 5 s for the minute window, 60 s for the hour, 900 s for the day.
create table channels.account_usage (
  org_id uuid not null,
  account_id uuid not null,
  grain_s int not null check (grain_s in (5, 60, 900)),
  bucket_start timestamptz not null,
  used int not null default 0,
  strangers int not null default 0,
  primary key (org_id, account_id, grain_s, bucket_start),
  foreign key (org_id, account_id) references channels.account (org_id, id) on delete cascade
);
create index account_usage_age on channels.account_usage (bucket_start);
select app.protect('channels.account_usage');
select app.open_to_system('channels.account_usage', 'select, delete');

create table channels.account_event (
  org_id uuid not null,
  id uuid not null default app.uuidv7(),
  account_id uuid not null,
  type text not null,
  state text,
  reason text,
  detail jsonb not null default '{}',
  at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, account_id) references channels.account (org_id, id) on delete cascade
);
create index account_event_account on channels.account_event (org_id, account_id, id);
select app.protect('channels.account_event');

create table channels.pairing (
  org_id uuid not null,
  account_id uuid not null,
  method text not null check (method in ('QR', 'Code')),
  phone text,
  qr text,
  code text,
  state text not null default 'requested'
    check (state in ('none', 'requested', 'waiting', 'paired', 'expired', 'failed')),
  reason text,
  requested_at timestamptz not null default now(),
  expires_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (org_id, account_id),
  foreign key (org_id, account_id) references channels.account (org_id, id) on delete cascade
);
select app.protect('channels.pairing');
select app.open_to_system('channels.pairing', 'select');

grant select on channels.account to rarity_orchestrator;
grant select, update (display_name, phone, lid, paused, limits, pacing, warmup_started_at, paired_at,
  last_connected_at, last_activity_at, updated_at, version) on channels.account to rarity_whatsapp;
grant select, insert, update on channels.account to rarity_accounts;
grant select on channels.account_lease, channels.account_usage, channels.account_event
  to rarity_whatsapp, rarity_accounts, rarity_orchestrator;
grant select, insert, update, delete on channels.session_creds, channels.session_key to rarity_whatsapp;
grant select, insert, update, delete on channels.pairing to rarity_whatsapp, rarity_accounts;
-- "Is it paired?" without the secret: the existence of credentials, nothing in them.
grant select (org_id, account_id, generation, updated_at) on channels.session_creds to rarity_accounts;
-- Functions owned by rarity_system are made in this schema by a later file.
grant create on schema channels to rarity_system;
