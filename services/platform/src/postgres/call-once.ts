import type { Pool, PoolClient, QueryResultRow } from "pg";
import { AppError } from "../errors/index.ts";
import { keepPlansFresh } from "./fresh-plans.ts";
import type { TenantSealer } from "./sealer.ts";
import { isRefusal } from "./sql-state.ts";
import { AmbiguousCommit } from "./transaction.ts";

/** One statement as its own transaction: it commits by itself, in one round trip instead of three. */
export async function queryOnce<R extends QueryResultRow>(
  pool: Pool,
  text: string,
  values: unknown[],
): Promise<R[]> {
  const client = await connect(pool);
  let broken: Error | undefined;
  try {
    return (await client.query<R>(text, values)).rows;
  } catch (error) {
    if (isRefusal(error)) throw error;
    // The statement went out and its answer did not come back: it may have been committed.
    broken = new AmbiguousCommit(error);
    throw broken;
  } finally {
    client.release(broken);
  }
}

/**
 * Calls one function as its own transaction. `call` is the call with its parameters, as
 * `schema.name($1::jsonb)`.
 */
export async function callOnce(pool: Pool, call: string, values: unknown[]): Promise<unknown> {
  const rows = await queryOnce<{ answer: unknown }>(pool, `select ${call} as answer`, values);
  return rows[0]?.answer;
}

/** The same for one organization: the statement sets the tenant before it calls the function. */
export async function callOnceAs(
  pool: Pool,
  { sealer, orgId }: { sealer: TenantSealer; orgId: string },
  { call, values }: { call: string; values: unknown[] },
): Promise<unknown> {
  const rows = await queryOnce<{ answer: unknown }>(pool, asTenant(call, values.length + 1), [
    ...values,
    sealer.seal(orgId),
  ]);
  return rows[0]?.answer;
}

// Materialized and read first, so the tenant stands when the function runs; local to this transaction.
function asTenant(call: string, tenantAt: number): string {
  return `with tenant as materialized (select set_config('app.tenant', $${tenantAt}, true))
          select ${call} as answer from tenant`;
}

/** Nothing of the call has left before this resolves, so a failure here is a definite one. */
async function connect(pool: Pool): Promise<PoolClient> {
  let client: PoolClient | undefined;
  try {
    client = await pool.connect();
    await keepPlansFresh(client);
    return client;
  } catch (cause) {
    client?.release(true);
    throw new AppError("UNAVAILABLE", undefined, { retryAfterS: 1, cause });
  }
}
