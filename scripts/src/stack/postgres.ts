import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { preferPort } from "@rarity/platform/ports";
import { findPostgres, initialisePostgres } from "./postgres-data.ts";
import { choosePostgresUser } from "./postgres-user.ts";
import type { ProcessRecord } from "./process-record.ts";
import { superviseService } from "./supervisor.ts";

export type RunningPostgres = { adminUrl: string; pid: number; stop: () => Promise<void> };

export type PostgresOptions = {
  logDir?: string;
  record?: ProcessRecord;
  progress?: (line: string) => void;
  signal?: AbortSignal;
};

/** What goes to the log names no values: rows hold names and phone numbers. */
export const quietLog = ["log_error_verbosity=terse", "log_min_error_statement=panic"];
const settings = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=200",
  // Rows of queues live for milliseconds, and a minute of dead ones is what every look into a queue walks over.
  "autovacuum_naptime=5s",
  // 3,000 rows of a table tell its plans enough; sorting 30,000 message texts took a tenth of a send.
  "default_statistics_target=10",
  ...quietLog,
];

/** A real PostgreSQL 18 in the data folder, on loopback; started again when it dies. */
export const startPostgres = async (
  dataDir: string,
  password: string,
  wantedPort: number,
  options: PostgresOptions = {},
): Promise<RunningPostgres> => {
  const progress = options.progress ?? ((): void => undefined);
  const databaseDir = join(dataDir, "postgres");
  mkdirSync(dataDir, { recursive: true });
  const programs = await findPostgres();
  const runAs = await choosePostgresUser(databaseDir, Object.values(programs), progress);
  if (!existsSync(join(databaseDir, "PG_VERSION"))) {
    await initialisePostgres({
      databaseDir,
      password,
      program: programs.initdb,
      runAs,
      ...options,
    });
  }
  const port = await preferPort(wantedPort);
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const base = { host: "127.0.0.1", port, user: "postgres", password };
  const server = await superviseService(
    {
      name: "postgres",
      ...runAs.command(programs.postgres, ["-D", databaseDir, "-p", String(port), ...flags]),
      env: { ...(process.env as Record<string, string>), LC_MESSAGES: "C" },
      cwd: "/",
      logFile: join(options.logDir ?? join(dataDir, "..", "logs"), "postgres.log"),
      // The fast way: open transactions are rolled back, data goes to the disk.
      stopSignal: "SIGINT",
      stopTimeoutMs: 30_000,
      ...(options.record === undefined ? {} : { record: options.record }),
    },
    () => ensureDatabase(base),
    progress,
    options.signal,
  );
  return {
    pid: server.pid(),
    adminUrl: `postgres://postgres:${password}@127.0.0.1:${port}/rarity`,
    stop: server.stop,
  };
};

export type Connection = { host: string; port: number; user: string; password: string };

/** True when the server answers and has our database. */
export const ensureDatabase = async (connection: Connection): Promise<boolean> => {
  const client = new pg.Client({ ...connection, database: "postgres" });
  // A server that is still starting cuts the connection; the next attempt finds it up.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = 'rarity'");
    if (found.rowCount === 0) await client.query("create database rarity");
    return true;
  } finally {
    await client.end();
  }
};
