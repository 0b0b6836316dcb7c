import type { EnsureAccountBody } from "@rarity/contracts/internal";
import type { Tx } from "@rarity/platform/postgres";

/**
 * The account as its resource says. The name it was first known by stays: people chose it. An
 * account that was removed comes back with its history.
 */
export const ensureAccount = async (tx: Tx, id: string, body: EnsureAccountBody): Promise<void> => {
  await tx.query(
    `insert into channels.account as a (org_id, id, channel, name, display_name, limits, pacing)
     values ($1, $2, $3, $4, coalesce($5, ''), coalesce($6::jsonb, '{}'), coalesce($7::jsonb, '{}'))
     on conflict (org_id, id) do update
       set display_name = coalesce($5, a.display_name), limits = coalesce($6::jsonb, a.limits),
           pacing = coalesce($7::jsonb, a.pacing), deleted_at = null, updated_at = now(),
           version = a.version + 1
       where (a.display_name, a.limits, a.pacing) is distinct from
             (coalesce($5, a.display_name), coalesce($6::jsonb, a.limits), coalesce($7::jsonb, a.pacing))
         or a.deleted_at is not null`,
    [
      body.orgId,
      id,
      body.channel,
      body.name,
      body.displayName ?? null,
      jsonOrNull(body.limits),
      jsonOrNull(body.pacing),
    ],
  );
  if (body.paused === undefined) return;
  await tx.query("select channels.set_account_paused($1, $2)", [id, body.paused]);
};

const jsonOrNull = (value: unknown): string | null =>
  value === undefined ? null : JSON.stringify(value);
