-- Logging out: a wish that is stored first, and carried out by whoever holds the lease.

-- Nothing of the linked device is left; the next pairing has to be asked for. `p_token` null: said by a
-- service, and then the lease gets a new token, so that no process can write session rows any more.
create function channels.clear_session(p_org uuid, p_account_id uuid, p_reason text, p_message text,
                                       p_token bigint default null) returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_token is null then
    update channels.account_lease
      set token = token + 1, holder = 'erased', expires_at = clock_timestamp(), renewed_at = clock_timestamp()
      where org_id = p_org and account_id = p_account_id;
  end if;
  delete from channels.session_key where org_id = p_org and account_id = p_account_id;
  delete from channels.session_creds where org_id = p_org and account_id = p_account_id;
  insert into channels.pairing (org_id, account_id, method, state) values (p_org, p_account_id, 'QR', 'none')
    on conflict (org_id, account_id) do update
      set state = 'none', qr = null, code = null, reason = null, expires_at = null, updated_at = now();
  update channels.account set logout_requested_at = null, logout_reason = null
    where org_id = p_org and id = p_account_id;
  perform channels.set_account_state(p_account_id, 'logged_out', p_reason, p_message);
end $$;

-- Repeating it changes nothing. `done`: there is no session, so there is nothing to wait for.
create function channels.request_logout(p_account_id uuid, p_reason text) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_account channels.account;
begin
  select * into v_account from channels.account where org_id = v_org and id = p_account_id for no key update;
  if v_account.id is null then
    return jsonb_build_object('ok', false, 'code', 'ACCOUNT_NOT_FOUND', 'done', true);
  end if;
  if not exists (select from channels.session_creds where org_id = v_org and account_id = p_account_id) then
    if v_account.logout_requested_at is not null or v_account.state <> 'logged_out' then
      perform channels.clear_session(v_org, p_account_id, coalesce(v_account.logout_reason, p_reason),
        'No device is linked. Pair again to use the account.');
    end if;
    return jsonb_build_object('ok', true, 'done', true);
  end if;
  if v_account.logout_requested_at is null then
    update channels.account
      set logout_requested_at = now(), logout_reason = p_reason, updated_at = now(), version = version + 1
      where org_id = v_org and id = p_account_id;
    insert into channels.account_event (org_id, account_id, type, reason)
      values (v_org, p_account_id, 'logout_requested', p_reason);
    perform messaging.put_event(v_org, p_account_id, 'account_updated',
      jsonb_build_object('accountId', p_account_id, 'logoutRequested', true), true);
  end if;
  return jsonb_build_object('ok', true, 'done', false);
end $$;

create function channels.logout_wish(p_account_id uuid) returns jsonb
language sql stable security definer
set search_path = ''
as $$
  select jsonb_build_object('reason', logout_reason,
    'ageMs', floor(extract(epoch from clock_timestamp() - logout_requested_at) * 1000))
  from channels.account
  where org_id = (select app.org_id()) and id = p_account_id and logout_requested_at is not null
$$;

-- By the holder, after the provider was told ("unlinked") or could not be ("erased").
create function channels.finish_logout(p_account_id uuid, p_token bigint, p_result text) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_reason text;
begin
  perform 1 from channels.account_lease
    where org_id = v_org and account_id = p_account_id and token = p_token for share;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;
  select logout_reason into v_reason from channels.account
    where org_id = v_org and id = p_account_id for no key update;
  perform channels.clear_session(v_org, p_account_id, coalesce(v_reason, 'logout_requested'), case p_result
    when 'unlinked' then 'The device was unlinked. Pair again to use the account.'
    else 'The session was erased here, but the phone may still list this device: remove it there.' end, p_token);
  return jsonb_build_object('ok', true);
end $$;

-- The last resort: without the provider and without the process, whatever holds the lease.
create function channels.erase_session(p_account_id uuid, p_reason text) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
begin
  perform 1 from channels.account where org_id = v_org and id = p_account_id for no key update;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'ACCOUNT_NOT_FOUND');
  end if;
  perform channels.clear_session(v_org, p_account_id, p_reason,
    'The session was erased here, but the phone may still list this device: remove it there.');
  return jsonb_build_object('ok', true);
end $$;

grant execute on function channels.request_logout(uuid, text), channels.erase_session(uuid, text)
  to rarity_accounts;
grant execute on function channels.logout_wish(uuid), channels.finish_logout(uuid, bigint, text)
  to rarity_whatsapp;
