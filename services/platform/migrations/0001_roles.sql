-- role: admin
-- The roles everything else is granted to. Roles belong to the whole server, so each is made only
-- where it is missing; the migration runner sets the passwords.

do $$
declare
  v_role text;
begin
  foreach v_role in array array['rarity_owner', 'rarity_system', 'rarity_tenant',
                                'anon', 'authenticated', 'service_role'] loop
    begin
      if to_regrole(v_role) is null then
        execute format('create role %I nologin noinherit', v_role);
      end if;
    exception when duplicate_object or unique_violation then
      null; -- another database of this server is being migrated at the same moment
    end;
  end loop;

  foreach v_role in array array['rarity_orchestrator', 'rarity_whatsapp', 'rarity_leads',
                                'rarity_accounts', 'rarity_auth', 'authenticator'] loop
    begin
      if to_regrole(v_role) is null then
        execute format('create role %I login noinherit nocreatedb nocreaterole', v_role);
      end if;
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;

  -- rarity_tenant is the group that row-level security policies name: a role outside of it sees no
  -- tenant row at all. Membership must be inherited for a policy to apply to the member.
  foreach v_role in array array['rarity_owner', 'rarity_orchestrator', 'rarity_whatsapp',
                                'rarity_leads', 'rarity_accounts', 'rarity_auth'] loop
    execute format('alter role %I inherit', v_role);
    execute format('grant rarity_tenant to %I', v_role);
  end loop;

  -- The administrator may not be a superuser (managed Postgres): it has to be a member to act as
  -- the owner in the migrations that follow.
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant rarity_owner, rarity_system to %I', current_user);
  end if;
  execute format('grant create, connect on database %I to rarity_owner', current_database());
end $$;

-- Nothing is executable by everybody unless a migration says so.
alter default privileges for role rarity_owner revoke execute on functions from public;
alter default privileges for role rarity_system revoke execute on functions from public;

create schema if not exists app authorization rarity_owner;

create table app.migration (
  service text not null,
  version int not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (service, version)
);
alter table app.migration owner to rarity_owner;
