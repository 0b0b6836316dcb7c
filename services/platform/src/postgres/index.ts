export { createPool } from "./pool.ts";
export type { PoolOptions } from "./pool.ts";
export type { Pool, PoolClient } from "pg";
export { createTenantSealer } from "./sealer.ts";
export type { TenantSealer } from "./sealer.ts";
export { AmbiguousCommit, withSystem, withTenant } from "./transaction.ts";
export type { TenantContext, Tx } from "./transaction.ts";
export { groupCommitter } from "./group-committer.ts";
export type { GroupCommitter, GroupCommitterOptions } from "./group-committer.ts";
