import {
  addIdentityRoute,
  createLeadRoute,
  getLeadRoute,
  listLeadsRoute,
  updateLeadRoute,
} from "@rarity/contracts/leads";
import { handle, type Registration } from "@rarity/platform/http";
import { entityTag } from "../domain/if-match.ts";
import { addIdentity } from "../usecases/add-identity.ts";
import { createLead } from "../usecases/create-lead.ts";
import { getLead } from "../usecases/get-lead.ts";
import { listLeads } from "../usecases/list-leads.ts";
import type { LeadsDeps } from "../usecases/ports.ts";
import { updateLead } from "../usecases/update-lead.ts";
import { orgOf } from "./org-of.ts";

export function leadRoutes(deps: LeadsDeps): Registration[] {
  return [
    handle(createLeadRoute, async ({ auth, body, reply }) => {
      const lead = await createLead(deps, orgOf(auth), body);
      reply.header("etag", entityTag(lead.version)).header("location", `/api/leads/${lead.id}`);
      return lead;
    }),
    handle(listLeadsRoute, ({ auth, query }) => listLeads(deps, orgOf(auth), query)),
    handle(getLeadRoute, async ({ auth, params, reply }) => {
      const lead = await getLead(deps, orgOf(auth), params.id);
      reply.header("etag", entityTag(lead.version));
      return lead;
    }),
    handle(updateLeadRoute, async ({ auth, params, body, headers, reply }) => {
      const change = { id: params.id, patch: body, ifMatch: headers["if-match"] };
      const lead = await updateLead(deps, orgOf(auth), change);
      reply.header("etag", entityTag(lead.version));
      return lead;
    }),
    handle(addIdentityRoute, ({ auth, params, body }) =>
      addIdentity(deps, orgOf(auth), { leadId: params.id, identity: body }),
    ),
  ];
}
