import { execFile } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { findOnPath } from "../lib/find-on-path.ts";
import { Unavailable } from "../lib/unavailable.ts";

const execute = promisify(execFile);

/** As whom, and by which command, the programs of PostgreSQL are run. */
export type RunAs = {
  /** Who has to own the data; undefined where Postgres runs as ourselves. */
  owner: User | undefined;
  /** What to start so that `program` runs as the owner. */
  command: (program: string, args: string[]) => Command;
};

type User = { uid: number; gid: number };
type Command = { command: string; args: string[]; uid?: number; gid?: number };

/**
 * PostgreSQL refuses to run as root. Then it runs as the owner of its data, or as the system user
 * "postgres", which is made when there is none.
 */
export const choosePostgresUser = async (
  databaseDir: string,
  programs: string[],
  progress: (line: string) => void,
): Promise<RunAs> => {
  if (process.getuid?.() !== 0) {
    return { owner: undefined, command: (command, args) => ({ command, args }) };
  }
  const owner = ownerOf(databaseDir) ?? (await systemUser(progress));
  const closed = [databaseDir, ...programs].flatMap(closedFolders)[0];
  if (closed !== undefined) return { owner, command: await reachThrough(closed, owner) };
  return { owner, command: (command, args) => ({ command, args, ...owner }) };
};

const ownerOf = (folder: string): User | undefined => {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
};

const lookUp = async (): Promise<User> => {
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await execute("id", [flag, "postgres"])).stdout)),
  );
  return { uid: uid ?? -1, gid: gid ?? -1 };
};

const systemUser = async (progress: (line: string) => void): Promise<User> => {
  try {
    return await lookUp();
  } catch {
    progress('Making the system user "postgres": PostgreSQL refuses to run as root ...');
  }
  try {
    await execute("useradd", [
      ...["--system", "--user-group", "--no-create-home"],
      ...["--shell", "/usr/sbin/nologin", "postgres"],
    ]);
    return await lookUp();
  } catch (error) {
    throw new Unavailable(
      `The system user "postgres" could not be made (${(error as Error).message.trim()}). ` +
        "Make it by hand, or run scripts/up as an ordinary user, or set DATABASE_URL.",
      { cause: error },
    );
  }
};

/** The folders above a path that other users may not pass, for example /root. */
const closedFolders = (path: string): string[] => {
  const closed: string[] = [];
  for (let at = dirname(resolve(path)); at !== "/"; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) closed.push(at);
  }
  return closed;
};

/**
 * In a clone below a closed folder the programs run as the other user with one capability more: to
 * pass folders. `no_setuid_fixup` makes access(2), by which Postgres looks at its own program, honour it.
 */
const reachThrough = async (closed: string, { uid, gid }: User): Promise<RunAs["command"]> => {
  const attempts = ["dac_read_search", "dac_override"].map((capability) => {
    const only = `-all,+${capability}`;
    return [
      ...[`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--securebits=+no_setuid_fixup"],
      ...[`--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`, "--"],
    ];
  });
  const setpriv = await findOnPath("setpriv");
  for (const options of attempts) {
    if (setpriv === undefined) break;
    const works = await execute(setpriv, [...options, "test", "-x", `${closed}/.`]).then(
      () => true,
      () => false,
    );
    if (works)
      return (program, args) => ({ command: setpriv, args: [...options, program, ...args] });
  }
  throw new Unavailable(
    `${closed} is closed to other users, but PostgreSQL refuses to run as root and runs as another ` +
      `user. Run: chmod o+x ${closed}   or clone the project elsewhere, or set DATABASE_URL.`,
  );
};
