-- Who is asking? A service says so with `app.tenant` = '<org id>.<seal>', where the seal is an
-- HMAC-SHA256 of the org id under a key which no service role can read. A role that runs SQL of its
-- own choice can therefore not pick a tenant, only repeat one that was handed to its process.

-- HMAC is sha256(outer || sha256(inner || message)); the two padded keys are kept instead of the key
-- so that a check costs two hashes and no extension is needed.
create table app.seal_key (
  version int primary key,
  inner_pad bytea not null check (length(inner_pad) = 64),
  outer_pad bytea not null check (length(outer_pad) = 64),
  created_at timestamptz not null default now()
);

-- The tenant of this transaction, or null. Wrapped as `(select app.org_id())` in every policy, so
-- that it runs once for each statement and not for each row.
create function app.org_id() returns uuid
language plpgsql stable security definer parallel safe
set search_path = ''
as $$
declare
  v_token text := current_setting('app.tenant', true);
  v_org text;
  v_claims text;
begin
  -- After SET LOCAL the setting reads '' and not null.
  if v_token is not null and v_token <> '' then
    v_org := split_part(v_token, '.', 1);
    perform 1 from app.seal_key k
      where sha256(k.outer_pad || sha256(k.inner_pad || convert_to(v_org, 'UTF8')))
            = decode(case when split_part(v_token, '.', 2) ~ '^[0-9a-f]{64}$'
                          then split_part(v_token, '.', 2) else '' end, 'hex');
    if found then
      return v_org::uuid;
    end if;
    return null;
  end if;

  -- PostgREST and Supabase verify the token themselves and connect as `authenticator`, which no
  -- service of ours can be: there the claims are the tenant.
  if session_user = 'authenticator' then
    v_claims := nullif(current_setting('request.jwt.claims', true), '');
    v_org := v_claims::jsonb -> 'app_metadata' ->> 'org_id';
    if v_org ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then
      return v_org::uuid;
    end if;
  end if;
  return null;
end $$;

create function app.require_org() returns uuid
language plpgsql stable security definer parallel safe
set search_path = ''
as $$
declare
  v_org uuid := app.org_id();
begin
  if v_org is null then
    raise exception 'no tenant in this transaction' using errcode = '28000';
  end if;
  return v_org;
end $$;

-- Puts the wall around a tenant table. Supabase's two roles are named beside our group because they
-- are NOINHERIT there, so membership in the group would not count for them. Permissive policy to let the tenant's rows in, restrictive
-- policy so that no policy added later can widen it. The two expressions are identical on purpose:
-- the planner then evaluates them once.
create function app.protect(p_table regclass, p_column name default 'org_id') returns void
language plpgsql
set search_path = ''
as $$
declare
  v_rule text := format('%I = (select app.org_id())', p_column);
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('alter table %s force row level security', p_table);
  execute format('create policy tenant on %s as permissive for all to rarity_tenant, authenticated, anon using (%s) with check (%s)',
                 p_table, v_rule, v_rule);
  execute format('create policy tenant_wall on %s as restrictive for all to rarity_tenant, authenticated, anon using (%s) with check (%s)',
                 p_table, v_rule, v_rule);
end $$;

-- Lets the few cross-tenant functions (owner rarity_system) work on a table.
create function app.open_to_system(p_table regclass, p_privileges text) returns void
language plpgsql
set search_path = ''
as $$
begin
  execute format('create policy system on %s as permissive for all to rarity_system using (true) with check (true)', p_table);
  execute format('grant %s on %s to rarity_system', p_privileges, p_table);
end $$;

grant usage on schema app to rarity_tenant, rarity_system, authenticated, anon;
grant execute on function app.org_id() to rarity_tenant, rarity_system, authenticated, anon;
grant execute on function app.require_org() to rarity_tenant, rarity_system;
