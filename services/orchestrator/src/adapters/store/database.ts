import { withTenant, type Pool, type TenantSealer, type Tx } from "@rarity/platform/postgres";

export interface Database {
  readonly pool: Pool;
  readonly sealer: TenantSealer;
}

/** Runs `fn` in one transaction that sees the rows of `orgId` and of nobody else. */
export function inTenant<T>(
  { pool, sealer }: Database,
  orgId: string,
  fn: (tx: Tx) => Promise<T>,
): Promise<T> {
  return withTenant(pool, { sealer, orgId }, fn);
}

/** Postgres gives times as dates; the API speaks ISO 8601 with Z. */
export function isoOf(at: Date | string): string {
  return new Date(at).toISOString();
}

export function isoOrNull(at: Date | string | null): string | null {
  return at === null ? null : isoOf(at);
}
