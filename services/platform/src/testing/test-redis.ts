import { readServers } from "./servers.ts";

/** The Redis of this run. Queue names hold account ids, so files do not meet in it. */
export const testRedisUrl = (): string => readServers().redisUrl;
