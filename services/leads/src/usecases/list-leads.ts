import type { Lead } from "@rarity/contracts/leads";
import type { Page } from "@rarity/contracts/pagination";
import type { LeadFilter, LeadsDeps } from "./ports.ts";
import { startPage } from "./start-page.ts";

export function listLeads(
  deps: Pick<LeadsDeps, "listLeads">,
  orgId: string,
  query: LeadFilter,
): Promise<Page<Lead>> {
  return deps.listLeads(orgId, { ...query, ...startPage(query) });
}
