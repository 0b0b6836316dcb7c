-- role: rarity_system
-- What has to work before a tenant is known: founding one, and finding out which ones a user or an
-- API key belongs to. Granted to the auth service only.

create function tenancy.create_organization(p_user_id uuid, p_name text) returns uuid
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.uuidv7();
begin
  insert into tenancy.organization (id, name) values (v_org, p_name);
  insert into tenancy.membership (org_id, user_id, role) values (v_org, p_user_id, 'owner');
  return v_org;
end $$;

create function tenancy.memberships_of(p_user_id uuid)
returns table (org_id uuid, name text, role text, created_at timestamptz)
language sql stable security definer
set search_path = ''
as $$
  select m.org_id, o.name, m.role, m.created_at
  from tenancy.membership m
  join tenancy.organization o on o.id = m.org_id
  where m.user_id = p_user_id
  order by m.created_at, m.org_id
$$;

-- Everything about the keys of a prefix; the caller compares the hash in constant time.
create function tenancy.find_api_key(p_prefix text)
returns table (org_id uuid, id uuid, prefix text, hash bytea, scopes text[], role text,
               created_by uuid, expires_at timestamptz, last_used_at timestamptz, revoked_at timestamptz)
language sql stable security definer
set search_path = ''
as $$
  select k.org_id, k.id, k.prefix, k.hash, k.scopes, k.role,
         k.created_by, k.expires_at, k.last_used_at, k.revoked_at
  from tenancy.api_key k
  where k.prefix = p_prefix
$$;

-- At most one write a minute for each key, however often it is used.
create function tenancy.touch_api_key(p_org_id uuid, p_id uuid) returns void
language sql security definer
set search_path = ''
as $$
  update tenancy.api_key k
  set last_used_at = now()
  where k.org_id = p_org_id and k.id = p_id
    and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute')
$$;

grant execute on function tenancy.create_organization(uuid, text), tenancy.memberships_of(uuid),
  tenancy.find_api_key(text), tenancy.touch_api_key(uuid, uuid) to rarity_auth;
