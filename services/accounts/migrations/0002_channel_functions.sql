-- The lease and the state of an account. Every function works for the tenant of the transaction.

-- Takes the account for `p_holder`. Every acquisition raises the token, also one by the same holder
-- (a restarted pod keeps its name), so that whatever ran before is fenced. `p_proof_of_death` lets a
-- supervisor that saw the old holder end take over before the expiry.
create function channels.acquire_lease(p_account_id uuid, p_holder text, p_ttl_ms int,
                                       p_proof_of_death boolean default false) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_ttl interval := make_interval(secs => least(greatest(p_ttl_ms, 1000), 600000) / 1000.0);
  v_lease channels.account_lease;
  v_now timestamptz;
begin
  perform 1 from channels.account where org_id = v_org and id = p_account_id
    and (deleted_at is null or logout_requested_at is not null);
  if not found then
    return jsonb_build_object('ok', false, 'code', 'ACCOUNT_NOT_FOUND');
  end if;

  v_now := clock_timestamp();
  insert into channels.account_lease (org_id, account_id, holder, token, acquired_at, renewed_at, expires_at)
  values (v_org, p_account_id, p_holder, 1, v_now, v_now, v_now + v_ttl)
  on conflict (org_id, account_id) do nothing
  returning * into v_lease;
  if v_lease.token is not null then
    return jsonb_build_object('ok', true, 'token', 1, 'expiresInMs', p_ttl_ms, 'takeover', 'first');
  end if;

  select * into v_lease from channels.account_lease
    where org_id = v_org and account_id = p_account_id for update;
  v_now := clock_timestamp();
  if v_lease.expires_at > v_now and v_lease.holder <> p_holder and not p_proof_of_death then
    return jsonb_build_object('ok', false, 'code', 'LEASE_HELD', 'holder', v_lease.holder,
      'expiresInMs', ceil(extract(epoch from v_lease.expires_at - v_now) * 1000));
  end if;
  update channels.account_lease
    set holder = p_holder, token = v_lease.token + 1,
        acquired_at = v_now, renewed_at = v_now, expires_at = v_now + v_ttl
    where org_id = v_org and account_id = p_account_id;
  return jsonb_build_object('ok', true, 'token', v_lease.token + 1, 'expiresInMs', p_ttl_ms,
    'previousHolder', v_lease.holder,
    'takeover', case when p_proof_of_death then 'proved' when v_lease.holder = p_holder then 'self'
                     else 'expired' end);
end $$;

-- A lease that ran out may be renewed as long as nobody else took it.
create function channels.renew_lease(p_account_id uuid, p_holder text, p_token bigint, p_ttl_ms int)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  update channels.account_lease
    set renewed_at = v_now,
        expires_at = v_now + make_interval(secs => least(greatest(p_ttl_ms, 1000), 600000) / 1000.0)
    where org_id = app.require_org() and account_id = p_account_id
      and holder = p_holder and token = p_token;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;
  return jsonb_build_object('ok', true, 'expiresInMs', p_ttl_ms);
end $$;

-- The row stays with its token, so that the next holder's token is higher.
create function channels.release_lease(p_account_id uuid, p_holder text, p_token bigint) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
begin
  update channels.account_lease set expires_at = clock_timestamp()
    where org_id = app.require_org() and account_id = p_account_id
      and holder = p_holder and token = p_token;
  return jsonb_build_object('ok', found);
end $$;

-- True while `p_token` is the highest one. The share lock keeps a takeover waiting until the
-- transaction that asked has committed.
create function channels.holds_lease(p_org uuid, p_account_id uuid, p_holder text, p_token bigint,
                                     p_must_be_live boolean) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  perform 1 from channels.account_lease
    where org_id = p_org and account_id = p_account_id and holder = p_holder and token = p_token
      and (not p_must_be_live or expires_at > clock_timestamp())
    for share;
  return found;
end $$;

-- `p_token` null: said by a service and not by the holder. Repeating a state writes nothing.
create function channels.set_account_state(p_account_id uuid, p_state text, p_reason text default null,
                                           p_detail text default null, p_token bigint default null)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
  v_old channels.account;
begin
  if p_token is not null then
    perform 1 from channels.account_lease
      where org_id = v_org and account_id = p_account_id and token = p_token for share;
    if not found then
      return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
    end if;
  end if;
  select * into v_old from channels.account where org_id = v_org and id = p_account_id for no key update;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'ACCOUNT_NOT_FOUND');
  end if;
  if v_old.state = p_state and v_old.state_reason is not distinct from p_reason
     and v_old.state_detail is not distinct from p_detail then
    return jsonb_build_object('ok', true, 'changed', false);
  end if;

  update channels.account
    set state = p_state, state_reason = p_reason, state_detail = p_detail,
        state_changed_at = now(), updated_at = now(), version = version + 1,
        blocked_until = case when p_state = 'connected' and v_old.state <> 'connected' then null
                             else blocked_until end,
        last_connected_at = case when p_state = 'connected' then now() else last_connected_at end,
        paired_at = case when p_state = 'connected' then coalesce(paired_at, now())
                         when p_state = 'logged_out' then null else paired_at end,
        warmup_started_at = case when p_state = 'connected' then coalesce(warmup_started_at, now())
                                 else warmup_started_at end
    where org_id = v_org and id = p_account_id;
  insert into channels.account_event (org_id, account_id, type, state, reason, detail)
    values (v_org, p_account_id, 'state', p_state, p_reason,
            jsonb_strip_nulls(jsonb_build_object('message', p_detail, 'from', v_old.state)));
  perform messaging.put_event(v_org, p_account_id, 'account_updated', jsonb_build_object(
    'accountId', p_account_id, 'state', p_state, 'reason', p_reason), true);
  return jsonb_build_object('ok', true, 'changed', true);
end $$;

-- Pausing takes effect at the next claim; what left already is not called back.
create function channels.set_account_paused(p_account_id uuid, p_paused boolean) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
begin
  update channels.account set paused = p_paused, updated_at = now(), version = version + 1
    where org_id = v_org and id = p_account_id and paused is distinct from p_paused;
  if found then
    insert into channels.account_event (org_id, account_id, type)
      values (v_org, p_account_id, case when p_paused then 'paused' else 'resumed' end);
    perform messaging.put_event(v_org, p_account_id, 'account_updated',
      jsonb_build_object('accountId', p_account_id, 'paused', p_paused), true);
  end if;
  return jsonb_build_object('ok', exists (
    select from channels.account where org_id = v_org and id = p_account_id));
end $$;

-- What the linked phone is called. Said by the holder whenever it connects.
create function channels.set_account_identity(p_account_id uuid, p_token bigint, p_phone text, p_lid text)
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_org uuid := app.require_org();
begin
  perform 1 from channels.account_lease
    where org_id = v_org and account_id = p_account_id and token = p_token for share;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'LEASE_LOST');
  end if;
  update channels.account
    set phone = coalesce(p_phone, phone), lid = coalesce(p_lid, lid), updated_at = now(), version = version + 1
    where org_id = v_org and id = p_account_id
      and (phone, lid) is distinct from (coalesce(p_phone, phone), coalesce(p_lid, lid));
  return jsonb_build_object('ok', true);
end $$;

create function channels.warm_up_cap(p_limits jsonb, p_started timestamptz) returns int
language sql stable
set search_path = ''
as $$
  -- Growth by percent, by a step, or in a straight line to perDay, whichever the account names.
  select case
    when w is null or coalesce((w ->> 'enabled')::boolean, true) is false or w ->> 'startPerDay' is null then null
    when w ->> 'growthPercent' is not null then
      least(1e9, (w ->> 'startPerDay')::numeric * (1 + (w ->> 'growthPercent')::numeric / 100) ^ least(d, 200))::int
    when w ->> 'days' is not null and d >= (w ->> 'days')::int then null
    when w ->> 'stepPerDay' is not null then (w ->> 'startPerDay')::int + (w ->> 'stepPerDay')::int * d
    when w ->> 'days' is not null and p_limits ->> 'perDay' is not null then
      (w ->> 'startPerDay')::int + (((p_limits ->> 'perDay')::int - (w ->> 'startPerDay')::int) * d) / greatest((w ->> 'days')::int, 1)
    else (w ->> 'startPerDay')::int
  end
  from (select p_limits -> 'warmUp' as w,
               greatest(0, floor(extract(epoch from now() - coalesce(p_started, now())) / 86400))::int as d) x
$$;

-- Every cap with what is used in its sliding window. One function answers the claim and the API, so
-- what is shown is what is enforced. A window counts its oldest bucket whole: never more than the cap
-- in any window, at most one bucket late.
create function channels.limit_windows(p_account_id uuid)
returns table (name text, cap int, used int, resets_at timestamptz)
language sql stable security definer
set search_path = ''
as $$
  with a as (
    select org_id, id, limits, channels.warm_up_cap(limits, warmup_started_at) as ramp
    from channels.account where org_id = (select app.org_id()) and id = p_account_id
  ), w (name, cap, grain_s, span, strangers_only) as (
    select 'minute', (limits ->> 'perMinute')::int, 5, interval '1 minute', false from a
    union all select 'hour', (limits ->> 'perHour')::int, 60, interval '1 hour', false from a
    union all select 'day', (limits ->> 'perDay')::int, 900, interval '24 hours', false from a
    union all select 'strangersPerDay', (limits ->> 'strangersPerDay')::int, 900, interval '24 hours', true from a
    union all select 'warmUp', ramp, 900, interval '24 hours', false from a
  )
  select w.name, w.cap, coalesce(u.used, 0)::int, u.resets_at
  from a cross join w
  left join lateral (
    select sum(case when w.strangers_only then b.strangers else b.used end) as used,
           min(b.bucket_start) filter (where case when w.strangers_only then b.strangers else b.used end > 0)
             + make_interval(secs => w.grain_s) + w.span as resets_at
    from channels.account_usage b
    where b.org_id = a.org_id and b.account_id = a.id and b.grain_s = w.grain_s
      and b.bucket_start > now() - w.span - make_interval(secs => w.grain_s)
  ) u on true
$$;

create function channels.spend_usage(p_org uuid, p_account_id uuid, p_used int, p_strangers int) returns void
language sql
set search_path = ''
as $$
  insert into channels.account_usage (org_id, account_id, grain_s, bucket_start, used, strangers)
  select p_org, p_account_id, g, to_timestamp(floor(extract(epoch from now()) / g) * g), p_used, p_strangers
  from unnest(array[5, 60, 900]) g
  on conflict (org_id, account_id, grain_s, bucket_start)
  do update set used = account_usage.used + excluded.used, strangers = account_usage.strangers + excluded.strangers
$$;

grant execute on function channels.acquire_lease(uuid, text, int, boolean),
  channels.renew_lease(uuid, text, bigint, int), channels.release_lease(uuid, text, bigint) to rarity_whatsapp;
grant execute on function channels.set_account_identity(uuid, bigint, text, text) to rarity_whatsapp;
grant execute on function channels.set_account_state(uuid, text, text, text, bigint)
  to rarity_whatsapp, rarity_accounts;
grant execute on function channels.set_account_paused(uuid, boolean) to rarity_accounts, rarity_whatsapp;
grant execute on function channels.limit_windows(uuid)
  to rarity_whatsapp, rarity_accounts, rarity_orchestrator;

-- For services that keep the ids of accounts: are all of them this organization's?
create function channels.accounts_exist(p_ids uuid[]) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select not exists (
    select from unnest(p_ids) as wanted (id)
    where not exists (select from channels.account a
                      where a.org_id = app.require_org() and a.id = wanted.id and a.deleted_at is null))
$$;
grant usage on schema channels to rarity_leads;
grant execute on function channels.accounts_exist(uuid[]) to rarity_leads;
