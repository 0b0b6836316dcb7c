import type { Pool, TenantSealer } from "@rarity/platform/postgres";
import { callOnceAs } from "@rarity/platform/postgres";

export type ChannelSql = (statement: ChannelStatement, values: unknown[]) => Promise<unknown>;

const statements = {
  acquireLease: "channels.acquire_lease($1, $2, $3, $4)",
  renewLease: "channels.renew_lease($1, $2, $3, $4)",
  releaseLease: "channels.release_lease($1, $2, $3)",
  setAccountState: "channels.set_account_state($1, $2, $3, $4, $5)",
  setIdentity: "channels.set_account_identity($1, $2, $3, $4)",
  logoutWish: "channels.logout_wish($1)",
  finishLogout: "channels.finish_logout($1, $2, $3)",
  claim: "messaging.claim_attempts($1::jsonb)",
  settle: "messaging.settle_attempts($1::jsonb)",
  open: "messaging.open_attempts($1)",
  supersede: "messaging.supersede_attempt($1::jsonb)",
  receipts: "messaging.record_receipts($1::jsonb, $2)",
  inbound: "messaging.record_inbound($1::jsonb)",
} as const;

type ChannelStatement = keyof typeof statements;

/** One function call, one transaction, one organization, one round trip. */
export function createChannelSql(pool: Pool, sealer: TenantSealer, orgId: string): ChannelSql {
  return (statement, values) =>
    callOnceAs(pool, { sealer, orgId }, { call: statements[statement], values });
}
