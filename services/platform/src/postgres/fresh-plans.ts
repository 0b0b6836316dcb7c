import type { PoolClient } from "pg";

/** A connection that lives long plans again every so many calls, and more often while it is young. */
const replanEvery = 4096;

const callsOf = new WeakMap<PoolClient, number>();

/**
 * Counts a call, and now and then has the connection forget its plans. A plan is kept for as long as the
 * connection lives, and one made while a table was nearly empty reads all of it: without this a new
 * installation is slow until the server has looked at its tables again, which takes a minute or more.
 */
export async function keepPlansFresh(client: PoolClient): Promise<void> {
  const calls = (callsOf.get(client) ?? 0) + 1;
  callsOf.set(client, calls);
  if (isReplanDue(calls)) await client.query("discard plans");
}

/** After 4, 16, 64, 256 and 1,024 calls, then at every multiple of 4,096. */
export function isReplanDue(calls: number): boolean {
  if (calls >= replanEvery) return calls % replanEvery === 0;
  return [4, 16, 64, 256, 1024].includes(calls);
}
