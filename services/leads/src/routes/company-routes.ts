import {
  createCompanyRoute,
  getCompanyRoute,
  listCompaniesRoute,
  updateCompanyRoute,
} from "@rarity/contracts/leads";
import { handle, type Registration } from "@rarity/platform/http";
import { createCompany } from "../usecases/create-company.ts";
import { getCompany } from "../usecases/get-company.ts";
import { listCompanies } from "../usecases/list-companies.ts";
import type { LeadsDeps } from "../usecases/ports.ts";
import { updateCompany } from "../usecases/update-company.ts";
import { orgOf } from "./org-of.ts";

export function companyRoutes(deps: LeadsDeps): Registration[] {
  return [
    handle(createCompanyRoute, async ({ auth, body, reply }) => {
      const company = await createCompany(deps, orgOf(auth), body);
      reply.header("location", `/api/companies/${company.id}`);
      return company;
    }),
    handle(listCompaniesRoute, ({ auth, query }) => listCompanies(deps, orgOf(auth), query)),
    handle(getCompanyRoute, ({ auth, params }) => getCompany(deps, orgOf(auth), params.id)),
    handle(updateCompanyRoute, ({ auth, params, body }) =>
      updateCompany(deps, orgOf(auth), { id: params.id, patch: body }),
    ),
  ];
}
