import { AppError } from "@rarity/platform/errors";
import { AmbiguousCommit, type Pool, type PoolClient } from "@rarity/platform/postgres";

/**
 * Calls one function of the send protocol as its own transaction: a single statement commits by itself,
 * which costs one round trip instead of three.
 */
export async function callOnce<T>(pool: Pool, name: string, payload: unknown): Promise<T> {
  const client = await connect(pool);
  let broken: Error | undefined;
  try {
    const answer = await client.query<{ result: T }>(`select ${name}($1::jsonb) as result`, [
      JSON.stringify(payload),
    ]);
    const [row] = answer.rows;
    if (row === undefined) throw new Error(`${name} answered nothing`);
    return row.result;
  } catch (error) {
    if (isDefinite(error)) throw error;
    // The statement went out and its answer did not come back: it may have been committed.
    broken = new AmbiguousCommit(error);
    throw broken;
  } finally {
    client.release(broken);
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    throw new AppError("UNAVAILABLE", undefined, { retryAfterS: 1, cause });
  }
}

function isDefinite(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // Classes 08 and 57P: the connection or the server went away in the middle.
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code);
}
