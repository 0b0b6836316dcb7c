-- Leads, their companies, and the addresses they can be reached at.

create schema leads;
grant usage on schema leads to rarity_leads, rarity_orchestrator;

create table leads.company (
  org_id uuid not null,
  id uuid not null default app.uuidv7(),
  name text not null check (length(name) between 1 and 200),
  domain text,
  firmographics jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version int not null default 1,
  primary key (org_id, id)
);
create unique index company_domain on leads.company (org_id, domain) where domain is not null;
select app.protect('leads.company');

create table leads.lead (
  org_id uuid not null,
  id uuid not null default app.uuidv7(),
  first_name text,
  last_name text,
  title text,
  country text,
  time_zone text,
  company_id uuid,
  stage text not null default 'new',
  lawful_basis text not null default 'none',
  source text,
  owner_id uuid,
  opted_out boolean not null default false,
  opted_out_at timestamptz,
  merged_into uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version int not null default 1,
  primary key (org_id, id),
  foreign key (org_id, company_id) references leads.company (org_id, id),
  foreign key (org_id, merged_into) references leads.lead (org_id, id)
);
create index lead_company on leads.lead (org_id, company_id);
create index lead_stage on leads.lead (org_id, stage, id);
create index lead_updated on leads.lead (org_id, updated_at, id);
select app.protect('leads.lead');

-- scope_account_id null: the address is known everywhere (a phone number). Otherwise only the account
-- that saw it may use it (page-scoped ids). A LID is never read as a phone number.
create table leads.contact_identity (
  org_id uuid not null,
  id uuid not null default app.uuidv7(),
  lead_id uuid not null,
  channel text not null check (channel in ('whatsapp', 'instagram', 'facebook', 'x', 'linkedin')),
  scope_account_id uuid,
  kind text not null,
  value text not null check (length(value) between 1 and 256),
  valid boolean not null default true,
  verified_at timestamptz,
  replaced_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version int not null default 1,
  primary key (org_id, id),
  unique nulls not distinct (org_id, channel, scope_account_id, kind, value),
  foreign key (org_id, lead_id) references leads.lead (org_id, id) on delete cascade,
  foreign key (org_id, replaced_by) references leads.contact_identity (org_id, id)
);
create index contact_identity_lead on leads.contact_identity (org_id, lead_id);
create index contact_identity_value on leads.contact_identity (org_id, channel, kind, value);
select app.protect('leads.contact_identity');

-- A channel learned that two addresses are one person (LID and phone). Appended by the messaging
-- functions, read by the merge job.
create table leads.identity_link_event (
  org_id uuid not null,
  id uuid not null default app.uuidv7(),
  channel text not null,
  account_id uuid not null,
  kind text not null,
  value text not null,
  other_kind text not null,
  other_value text not null,
  seen_at timestamptz not null default now(),
  handled_at timestamptz,
  primary key (org_id, id),
  unique (org_id, channel, kind, value, other_kind, other_value)
);
select app.protect('leads.identity_link_event');

grant select, insert, update, delete on leads.company, leads.lead, leads.contact_identity to rarity_leads;
grant select, update (handled_at) on leads.identity_link_event to rarity_leads;

-- The addresses of a lead that may be used now, for the router. Never those of an opted-out lead.
create function leads.find_recipient(p_lead_id uuid)
returns table (lead_id uuid, channel text, kind text, value text, scope_account_id uuid, opted_out boolean)
language sql stable security definer
set search_path = ''
as $$
  select l.id, i.channel, i.kind, i.value, i.scope_account_id, l.opted_out
  from leads.lead l
  left join leads.contact_identity i
    on i.org_id = l.org_id and i.lead_id = l.id and i.valid and i.replaced_by is null
  where l.org_id = (select app.org_id()) and l.id = p_lead_id and l.merged_into is null
  order by i.verified_at desc nulls last, i.created_at
$$;
grant execute on function leads.find_recipient(uuid) to rarity_orchestrator, rarity_leads;
