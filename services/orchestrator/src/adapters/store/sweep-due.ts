import { withSystem, type Pool } from "@rarity/platform/postgres";

/** Accounts whose due work was not hinted lately; marks the visit. */
export async function sweepDue(pool: Pool, max: number): Promise<string[]> {
  const { rows } = await withSystem(pool, (tx) =>
    tx.query<{ account_id: string }>("select account_id from messaging.sweep($1)", [max]),
  );
  return rows.map(({ account_id }) => account_id);
}
