-- The check of the seal runs for every table of every statement. The seal is compared as the text it is:
-- looking first whether it is 64 hex digits, with a pattern, took four times as long as all the rest.
create or replace function app.org_id() returns uuid
language plpgsql stable security definer parallel safe
set search_path = ''
as $$
declare
  v_token text := current_setting('app.tenant', true);
  v_org text;
  v_claims text;
begin
  -- After SET LOCAL the setting reads '' and not null.
  if v_token <> '' then
    v_org := split_part(v_token, '.', 1);
    if exists (
         select from app.seal_key k
         where encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(v_org, 'UTF8'))), 'hex')
               = split_part(v_token, '.', 2)) then
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
