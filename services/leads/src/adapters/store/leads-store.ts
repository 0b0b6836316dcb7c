import type { LeadsDeps } from "../../usecases/ports.ts";
import type { Database } from "./database.ts";
import { findCompany } from "./find-company.ts";
import { findLead } from "./find-lead.ts";
import { insertCompany } from "./insert-company.ts";
import { insertIdentity } from "./insert-identity.ts";
import { insertLead } from "./insert-lead.ts";
import { listCompanies } from "./list-companies.ts";
import { listLeads } from "./list-leads.ts";
import { updateCompany } from "./update-company.ts";
import { updateLead } from "./update-lead.ts";

export function createLeadsStore(db: Database): LeadsDeps {
  return {
    insertLead: (orgId, lead) => insertLead(db, orgId, lead),
    findLead: (orgId, id) => findLead(db, orgId, id),
    listLeads: (orgId, filter) => listLeads(db, orgId, filter),
    updateLead: (orgId, change) => updateLead(db, orgId, change),
    insertIdentity: (orgId, leadId, identity) => insertIdentity(db, { orgId, leadId }, identity),
    insertCompany: (orgId, company) => insertCompany(db, orgId, company),
    findCompany: (orgId, id) => findCompany(db, orgId, id),
    listCompanies: (orgId, filter) => listCompanies(db, orgId, filter),
    updateCompany: (orgId, id, patch) => updateCompany(db, { orgId, id }, patch),
  };
}
