import type { Pool, PoolClient } from "pg";
import type { TenantSealer } from "./sealer.ts";
import { isRefusal } from "./sql-state.ts";

export type Tx = Pick<PoolClient, "query">;

/** COMMIT was sent and its answer never came: the work may or may not be durable. */
export class AmbiguousCommit extends Error {
  constructor(cause: unknown) {
    super("the outcome of COMMIT is unknown", { cause });
    this.name = "AmbiguousCommit";
  }
}

export interface TenantContext {
  sealer: TenantSealer;
  orgId: string;
  claims?: Record<string, unknown>;
}

const setTenant =
  "select set_config('app.tenant', $1, true), set_config('request.jwt.claims', $2, true)";

/** One transaction that sees the rows of one organization and no others. */
export function withTenant<T>(
  pool: Pool,
  { sealer, orgId, claims }: TenantContext,
  fn: (tx: Tx) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (tx) => {
    // A cursor WITH HOLD would outlive the tenant that opened it.
    await tx.query("close all");
    await tx.query(setTenant, [sealer.seal(orgId), claims ? JSON.stringify(claims) : ""]);
    return await fn(tx);
  });
}

/** One transaction without a tenant, for the definer functions that work across all of them. */
export function withSystem<T>(pool: Pool, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(pool, fn);
}

async function inTransaction<T>(pool: Pool, fn: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await fn(client);
    await commit(client);
    return result;
  } catch (error) {
    // After a failed COMMIT or ROLLBACK the session's state is unknown: never hand it out again.
    broken = error instanceof AmbiguousCommit ? error : await rollback(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

async function commit(client: PoolClient): Promise<void> {
  let answer;
  try {
    answer = await client.query("commit");
  } catch (error) {
    // A SQLSTATE is a definite refusal by the server; without one the answer was lost.
    if (isRefusal(error)) throw error;
    throw new AmbiguousCommit(error);
  }
  if (answer.command !== "COMMIT") throw new Error("the transaction was rolled back by the server");
}

async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query("rollback");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error("rollback failed");
  }
}
