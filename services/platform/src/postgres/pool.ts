import pg from "pg";
import type { Logger } from "../logger/index.ts";

export interface PoolOptions {
  connectionString: string;
  applicationName: string;
  max?: number;
  statementTimeoutMs?: number;
  logger: Logger;
}

export function createPool(options: PoolOptions): pg.Pool {
  const { connectionString, applicationName, max = 10, statementTimeoutMs = 10_000 } = options;
  const pool = new pg.Pool({
    connectionString,
    application_name: applicationName,
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
  });
  // A connection that breaks between two statements of a transaction has nobody else to tell, and an
  // event nobody hears ends the process. The next statement fails, and its caller knows what to do.
  pool.on("connect", (client) => {
    client.on("error", (err) => options.logger.warn({ err }, "database connection lost in use"));
  });
  // An idle connection that breaks must not end the process; the pool replaces it.
  pool.on("error", (err) => options.logger.warn({ err }, "idle database connection lost"));
  return pool;
}
