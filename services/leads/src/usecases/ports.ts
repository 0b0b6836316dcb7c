import type {
  Company,
  CompanyBody,
  CompanyPatch,
  ContactIdentity,
  CreateLeadBody,
  Lead,
  LeadStage,
  NewIdentity,
  UpdateLeadBody,
} from "@rarity/contracts/leads";
import type { Channel } from "@rarity/contracts/channels";
import type { Page } from "@rarity/contracts/pagination";
import type { PageStart } from "../domain/page.ts";

/** Cursors are decoded already: `after` and `before` are ids. */
export interface LeadFilter extends PageStart {
  readonly stage?: LeadStage | undefined;
  readonly companyId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly channel?: Channel | undefined;
  readonly q?: string | undefined;
  readonly updatedSince?: string | undefined;
}

export interface CompanyFilter extends PageStart {
  readonly domain?: string | undefined;
  readonly q?: string | undefined;
}

export interface LeadChange {
  readonly id: string;
  readonly patch: UpdateLeadBody;
  /** Undefined overwrites whatever is there. */
  readonly version: number | undefined;
}

export interface Stale {
  readonly staleAgainst: number;
}

/** Everything here happens inside one organization and sees nothing of the others. */
export interface LeadsDeps {
  readonly insertLead: (
    orgId: string,
    lead: CreateLeadBody,
  ) => Promise<Lead | "company-absent" | "identity-taken">;
  readonly findLead: (orgId: string, id: string) => Promise<Lead | undefined>;
  readonly listLeads: (orgId: string, filter: LeadFilter) => Promise<Page<Lead>>;
  readonly updateLead: (
    orgId: string,
    change: LeadChange,
  ) => Promise<Lead | Stale | "absent" | "company-absent">;
  readonly insertIdentity: (
    orgId: string,
    leadId: string,
    identity: NewIdentity,
  ) => Promise<ContactIdentity | "absent" | "identity-taken">;
  readonly insertCompany: (
    orgId: string,
    company: CompanyBody,
  ) => Promise<Company | "domain-taken">;
  readonly findCompany: (orgId: string, id: string) => Promise<Company | undefined>;
  readonly listCompanies: (orgId: string, filter: CompanyFilter) => Promise<Page<Company>>;
  readonly updateCompany: (
    orgId: string,
    id: string,
    patch: CompanyPatch,
  ) => Promise<Company | "absent" | "domain-taken">;
}
