-- role: admin
-- Behind Supabase the schema `auth` and these helpers exist and are not ours to touch. Elsewhere they
-- are made once, so that policies and views written for Supabase work everywhere.

do $$
begin
  if to_regnamespace('auth') is null then
    create schema auth;
  end if;
  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb language sql stable
      as 'select nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb';
  end if;
  if to_regprocedure('auth.uid()') is null then
    create function auth.uid() returns uuid language sql stable
      as 'select nullif(auth.jwt() ->> ''sub'', '''')::uuid';
  end if;
  if to_regprocedure('auth.role()') is null then
    create function auth.role() returns text language sql stable
      as 'select auth.jwt() ->> ''role''';
  end if;
  grant usage on schema auth to rarity_tenant, authenticated, anon;
  if not exists (select from pg_auth_members m
                 join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
                 where r.rolname = 'authenticated' and u.rolname = 'authenticator') then
    grant anon, authenticated to authenticator;
  end if;
exception when insufficient_privilege then
  raise notice 'schema auth is managed by the server: %', sqlerrm;
end $$;
