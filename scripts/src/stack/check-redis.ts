import { Redis } from "ioredis";
import { Unavailable } from "../lib/unavailable.ts";

/** What BullMQ recommends: https://docs.bullmq.io/guide/redis-tm-compatibility */
const versionMin = [6, 2] as const;

/** Looks at the Redis of REDIS_URL and answers a line about it; errors never show the password. */
export const checkRedis = async (redisUrl: string): Promise<string> => {
  const host = hostOf(redisUrl);
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  const failures: Error[] = [];
  client.on("error", (error) => failures.push(error));
  try {
    await client.connect();
    return judge(await client.info(), host);
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    throw new Unavailable(explain(failures[0] ?? (error as Error), host), { cause: error });
  } finally {
    client.disconnect();
  }
};

const judge = (info: string, host: string): string => {
  const version = /redis_version:([\d.]+)/.exec(info)?.[1] ?? "0.0";
  if (!isNewEnough(version)) {
    throw new Unavailable(`REDIS_URL: Redis 6.2 or newer is needed; ${host} has ${version}.`);
  }
  const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1] ?? "noeviction";
  const using = `Using the Redis of REDIS_URL (${version} at ${host})`;
  if (policy === "noeviction") return using;
  return `${using}. Its maxmemory-policy is ${policy}: set noeviction, or jobs can be dropped under pressure`;
};

const explain = ({ message }: Error, host: string): string => {
  const reason = message.replace(/^connect /, "");
  const hint = /NOAUTH|WRONGPASS/.test(reason)
    ? "Put user and password into the URL: redis://user:password@host:6379"
    : "Start it, or leave REDIS_URL unset: scripts/up then brings its own.";
  return `REDIS_URL: no usable Redis at ${host} (${reason}). ${hint}`;
};

const hostOf = (redisUrl: string): string => {
  try {
    const url = new URL(redisUrl);
    if (/^rediss?:$/.test(url.protocol) && url.host !== "") return url.host;
  } catch {
    // The message below says it.
  }
  throw new Unavailable("REDIS_URL is not a Redis URL. It looks like redis://host:6379/0");
};

const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > versionMin[0] || (major === versionMin[0] && minor >= versionMin[1]);
};
