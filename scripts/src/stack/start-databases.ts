import { checkDatabase } from "./check-database.ts";
import { checkRedis } from "./check-redis.ts";
import { anyPorts, choosePorts } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import type { ProcessRecord } from "./process-record.ts";
import { pingRedis, redisSpec } from "./redis.ts";
import type { Secrets } from "./secrets.ts";
import type { StackOptions } from "./start-stack.ts";
import { superviseService } from "./supervisor.ts";

/** What every part of one start shares. */
export type Base = {
  dataDir: string;
  logDir: string;
  secrets: Secrets;
  record: ProcessRecord;
  /** In start order; run in reverse. */
  stops: (() => Promise<void>)[];
  databasePids: number[];
};

/** The Postgres of DATABASE_URL after a look at it, or one of our own. Answers the administrator's URL. */
export const startDatabase = async (options: StackOptions, base: Base): Promise<string> => {
  const { progress, signal, databaseUrl } = options;
  if (databaseUrl !== undefined && databaseUrl !== "") {
    progress(await checkDatabase(databaseUrl, base.secrets));
    return databaseUrl;
  }
  progress(`Starting PostgreSQL 18 (data in ${base.dataDir}/postgres) ...`);
  const postgres = await startPostgres(
    base.dataDir,
    base.secrets.postgresPassword,
    await portFor("postgres", options, base),
    { logDir: base.logDir, record: base.record, progress, ...(signal && { signal }) },
  );
  base.stops.push(postgres.stop);
  base.databasePids.push(postgres.pid);
  return postgres.adminUrl;
};

export const usesGivenRedis = ({ redisUrl = "" }: StackOptions): boolean => redisUrl !== "";

/** The Redis of REDIS_URL after a look at it, or one of our own. Answers its URL. */
export const startQueue = async (options: StackOptions, base: Base): Promise<string> => {
  const { progress, signal, redisUrl = "" } = options;
  if (usesGivenRedis(options)) {
    progress(await checkRedis(redisUrl));
    return redisUrl;
  }
  progress("Starting Redis ...");
  const port = await portFor("redis", options, base);
  const spec = await redisSpec(base.dataDir, base.logDir, port);
  const redis = await superviseService(
    { ...spec, record: base.record },
    () => pingRedis(port),
    progress,
    signal,
  );
  base.stops.push(redis.stop);
  base.databasePids.push(redis.pid());
  return `redis://127.0.0.1:${port}/0`;
};

const portFor = async (
  name: "postgres" | "redis",
  options: StackOptions,
  base: Base,
): Promise<number> => {
  const { ports, notes } = options.anyPorts
    ? await anyPorts([name])
    : await choosePorts(base.dataDir, [name]);
  for (const note of notes) options.progress(note);
  return ports[name];
};
