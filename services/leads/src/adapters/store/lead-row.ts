import type { ContactIdentity, Lead, LeadStage } from "@rarity/contracts/leads";

export interface LeadRow {
  id: string;
  first_name: string | null;
  last_name: string | null;
  title: string | null;
  country: string | null;
  time_zone: string | null;
  company_id: string | null;
  stage: LeadStage;
  lawful_basis: Lead["lawfulBasis"];
  source: string | null;
  owner_id: string | null;
  opted_out: boolean;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export const leadColumns = `id, first_name, last_name, title, country, time_zone, company_id, stage,
  lawful_basis, source, owner_id, opted_out, version, created_at, updated_at`;

export function toLead(row: LeadRow, identities: ContactIdentity[]): Lead {
  return {
    id: row.id,
    firstName: row.first_name,
    lastName: row.last_name,
    title: row.title,
    country: row.country,
    timeZone: row.time_zone,
    companyId: row.company_id,
    stage: row.stage,
    lawfulBasis: row.lawful_basis,
    source: row.source,
    ownerId: row.owner_id,
    optedOut: row.opted_out,
    version: row.version,
    identities,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
