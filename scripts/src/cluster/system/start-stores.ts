import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "../../lib/wait-until.ts";
import { ensureDatabase, quietLog } from "../../stack/postgres.ts";
import { findPostgres, initialisePostgres } from "../../stack/postgres-data.ts";
import { choosePostgresUser, type RunAs } from "../../stack/postgres-user.ts";
import { findRedisServer, pingRedis } from "../../stack/redis.ts";
import type { Launch } from "../binaries/control-plane-binaries.ts";
import { network } from "../nodes/network.ts";
import type { NodesCluster } from "../nodes/start-nodes.ts";

/** Ports of this machine's loopback that lead to the stores. */
export type StorePorts = { postgres: number; redis: number };

const ports = { postgres: 5432, redis: 6379 } as const;

/** A program run as another user, where one process starts the next and nothing else. */
const asUser = ({ command, args, uid, gid }: ReturnType<RunAs["command"]>): Launch => {
  if (uid === undefined || gid === undefined) return { file: command, args };
  const user = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  return { file: "setpriv", args: [...user, command, ...args] };
};

/** The data is thrown away: nothing has to reach the disk. */
const settings = [
  `listen_addresses=${network.controlPlane}`,
  "unix_socket_directories=",
  "max_connections=300",
  "fsync=off",
  "full_page_writes=off",
  ...quietLog,
].flatMap((setting) => ["-c", setting]);

const startPostgres = async (
  { folder, addComponent, enter }: NodesCluster,
  password: string,
  progress: (line: string) => void,
): Promise<void> => {
  const databaseDir = join(folder, "postgres");
  const programs = await findPostgres();
  const runAs = await choosePostgresUser(databaseDir, Object.values(programs), progress);
  await initialisePostgres({ databaseDir, password, program: programs.initdb, runAs });
  // Pods come from other addresses than loopback.
  await appendFile(join(databaseDir, "pg_hba.conf"), "host all all 10.0.0.0/8 scram-sha-256\n");
  const launch = asUser(runAs.command(programs.postgres, ["-D", databaseDir, ...settings]));
  addComponent("postgres-server", { ...launch, enter }, []);
};

const startRedis = async ({ folder, addComponent, enter }: NodesCluster): Promise<void> => {
  const dir = join(folder, "redis");
  await mkdir(dir);
  const where = ["--bind", network.controlPlane, "--port", String(ports.redis), "--dir", dir];
  addComponent("redis-server", { file: await findRedisServer(), args: [], enter }, [
    ...where,
    ...["--protected-mode", "no", "--save", "", "--appendonly", "no"],
  ]);
};

/** Postgres and Redis beside the control plane: outside of the cluster, as a managed database is. */
export const startStores = async (
  cluster: NodesCluster,
  password: string,
  progress: (line: string) => void,
): Promise<StorePorts> => {
  await Promise.all([startPostgres(cluster, password, progress), startRedis(cluster)]);
  const reach = (port: number): Promise<number> =>
    cluster.relays.toCluster([{ host: network.controlPlane, port }]);
  const local = { postgres: await reach(ports.postgres), redis: await reach(ports.redis) };
  const connection = { host: "127.0.0.1", port: local.postgres, user: "postgres", password };
  await waitUntil("PostgreSQL", () => ensureDatabase(connection), 30_000, 100);
  await waitUntil("Redis", () => pingRedis(local.redis), 30_000, 50);
  return local;
};
