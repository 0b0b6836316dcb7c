import type { Pool, TenantSealer } from "@rarity/platform/postgres";
import { withTenant } from "@rarity/platform/postgres";

export type ChannelSql = (statement: ChannelStatement, values: unknown[]) => Promise<unknown>;

const statements = {
  acquireLease: "select channels.acquire_lease($1, $2, $3, $4) as answer",
  renewLease: "select channels.renew_lease($1, $2, $3, $4) as answer",
  releaseLease: "select channels.release_lease($1, $2, $3) as answer",
  setAccountState: "select channels.set_account_state($1, $2, $3, $4, $5) as answer",
  setIdentity: "select channels.set_account_identity($1, $2, $3, $4) as answer",
  logoutWish: "select channels.logout_wish($1) as answer",
  finishLogout: "select channels.finish_logout($1, $2, $3) as answer",
  claim: "select messaging.claim_attempts($1::jsonb) as answer",
  settle: "select messaging.settle_attempts($1::jsonb) as answer",
  open: "select messaging.open_attempts($1) as answer",
  supersede: "select messaging.supersede_attempt($1::jsonb) as answer",
  receipts: "select messaging.record_receipts($1::jsonb, $2) as answer",
  inbound: "select messaging.record_inbound($1::jsonb) as answer",
} as const;

type ChannelStatement = keyof typeof statements;

/** One function call, one transaction, one organization. */
export function createChannelSql(pool: Pool, sealer: TenantSealer, orgId: string): ChannelSql {
  return (statement, values) =>
    withTenant(pool, { sealer, orgId }, async (tx) => {
      const result = await tx.query<{ answer: unknown }>(statements[statement], values);
      return result.rows[0]?.answer;
    });
}
