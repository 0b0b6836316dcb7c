-- Users and refresh tokens of the built-in identity provider. A user may belong to many
-- organizations, so these tables have no tenant: only the auth service reaches them.

create schema auth_local;
grant usage on schema auth_local to rarity_auth;

create table auth_local.app_user (
  id uuid primary key default app.uuidv7(),
  email text not null check (email = lower(email) and length(email) <= 320),
  name text,
  password_hash text not null,
  email_verified_at timestamptz,
  disabled_at timestamptz,
  last_sign_in_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (email)
);

-- One row per issued token. Using a token twice means it leaked: the whole family is revoked.
create table auth_local.refresh_token (
  id uuid primary key default app.uuidv7(),
  user_id uuid not null references auth_local.app_user (id) on delete cascade,
  org_id_hint uuid,
  hash bytea not null unique,
  family uuid not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);
create index refresh_token_family on auth_local.refresh_token (family);
create index refresh_token_user on auth_local.refresh_token (user_id);

-- Keys that sign access tokens; the private part is sealed by the service before it is stored.
create table auth_local.signing_key (
  kid text primary key,
  algorithm text not null,
  public_jwk jsonb not null,
  private_sealed bytea not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz
);

grant select, insert, update, delete on auth_local.app_user, auth_local.refresh_token,
  auth_local.signing_key to rarity_auth;
-- Functions owned by rarity_system are made in this schema by the next file.
grant usage, create on schema tenancy to rarity_system;
