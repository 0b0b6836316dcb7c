import type { Company } from "@rarity/contracts/leads";

export interface CompanyRow {
  id: string;
  name: string;
  domain: string | null;
  firmographics: Record<string, unknown>;
  created_at: Date;
  updated_at: Date;
}

export const companyColumns = "id, name, domain, firmographics, created_at, updated_at";

export function toCompany(row: CompanyRow): Company {
  return {
    id: row.id,
    name: row.name,
    domain: row.domain,
    firmographics: row.firmographics,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
