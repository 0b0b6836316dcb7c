-- role: rarity_system
-- What the operator reads to fill the status of its resources: every account of every organization.

create function channels.account_runtime()
returns table (id uuid, org_id uuid, name text, channel text, state text, reason text, detail text,
               paused boolean, paired boolean, phone text, holder text, lease_expires_at timestamptz,
               pairing_requested_at timestamptz, logout_requested_at timestamptz, last_activity_at timestamptz)
language sql stable security definer
set search_path = ''
as $$
  select a.id, a.org_id, a.name, a.channel, a.state, a.state_reason, a.state_detail, a.paused,
         a.paired_at is not null, a.phone,
         case when l.expires_at > now() then l.holder end,
         case when l.expires_at > now() then l.expires_at end,
         case when p.state in ('requested', 'waiting') then p.requested_at end, a.logout_requested_at,
         a.last_activity_at
  from channels.account a
  left join channels.account_lease l on l.org_id = a.org_id and l.account_id = a.id
  left join channels.pairing p on p.org_id = a.org_id and p.account_id = a.id
  -- An account that was removed has a process to the end of its logout.
  where a.deleted_at is null or a.logout_requested_at is not null
$$;
grant execute on function channels.account_runtime() to rarity_accounts;
