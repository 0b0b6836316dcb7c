import type { Pool, TenantSealer } from "@rarity/platform/postgres";
import { withTenant } from "@rarity/platform/postgres";
import type { AccountSpec } from "../config.ts";

const statement = `
  update channels.account
  set limits = coalesce($2::jsonb, limits), pacing = coalesce($3::jsonb, pacing),
      display_name = coalesce($4, display_name), updated_at = now(), version = version + 1
  where id = $1
    and (limits, pacing, display_name) is distinct from
        (coalesce($2::jsonb, limits), coalesce($3::jsonb, pacing), coalesce($4, display_name))`;

/** The claim reads limits from the row: what the resource says has to be there before the first. */
export async function syncAccount(
  deps: { pool: Pool; sealer: TenantSealer; orgId: string },
  input: { accountId: string; spec: AccountSpec },
): Promise<void> {
  const { limits, pacing, displayName } = input.spec;
  const json = (value: unknown): string | null =>
    value === undefined ? null : JSON.stringify(value);
  const values = [input.accountId, json(limits), json(pacing), displayName ?? null];
  await withTenant(deps.pool, deps, (tx) => tx.query(statement, values));
}
