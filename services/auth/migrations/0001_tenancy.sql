-- Organizations (an organization is a tenant), their members and their API keys.

create schema tenancy;
grant usage on schema tenancy to rarity_system, rarity_auth;

create table tenancy.organization (
  id uuid primary key default app.uuidv7(),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version int not null default 1
);
select app.protect('tenancy.organization', 'id');
select app.open_to_system('tenancy.organization', 'select, insert');
grant select, update (name, updated_at, version) on tenancy.organization to rarity_auth;

create table tenancy.membership (
  org_id uuid not null references tenancy.organization (id) on delete cascade,
  user_id uuid not null,
  role text not null check (role in ('owner', 'admin', 'manager', 'rep', 'viewer')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, user_id)
);
create index membership_user on tenancy.membership (user_id);
select app.protect('tenancy.membership');
select app.open_to_system('tenancy.membership', 'select, insert');
grant select, insert, update, delete on tenancy.membership to rarity_auth;

-- Only a SHA-256 of the key is kept: a dump of this table holds no usable key.
create table tenancy.api_key (
  org_id uuid not null references tenancy.organization (id) on delete cascade,
  id uuid not null default app.uuidv7(),
  name text not null default '',
  prefix text not null,
  hash bytea not null,
  scopes text[] not null default '{}',
  role text not null default 'rep' check (role in ('owner', 'admin', 'manager', 'rep', 'viewer')),
  created_by uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (org_id, id)
);
-- Prefixes are random, so a clash tells nothing about another tenant; a lookup compares the hash.
create index api_key_prefix on tenancy.api_key (prefix);
select app.protect('tenancy.api_key');
select app.open_to_system('tenancy.api_key', 'select, update');
grant select, insert, update, delete on tenancy.api_key to rarity_auth;

-- For services that keep the id of a person: is it one of this organization?
create function tenancy.is_member(p_user_id uuid) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (select from tenancy.membership m
                 where m.org_id = app.require_org() and m.user_id = p_user_id)
$$;
grant usage on schema tenancy to rarity_leads;
grant execute on function tenancy.is_member(uuid) to rarity_leads;
