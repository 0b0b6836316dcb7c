import { withTenant } from "@rarity/platform/postgres";
import type { Pool, TenantSealer } from "@rarity/platform/postgres";
import type { InTenant } from "./session-rows-postgres.ts";

/** Runs work in a transaction of one organization; row-level security sees no other. */
export function createInTenant(pool: Pool, sealer: TenantSealer, orgId: string): InTenant {
  return (work) =>
    withTenant(pool, { sealer, orgId }, (tx) =>
      work(async (text, values) => {
        const { rows } = await tx.query<Record<string, unknown>>(text, [...values]);
        return { rows };
      }),
    );
}
