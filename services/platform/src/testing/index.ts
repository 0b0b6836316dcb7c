export { testDatabase, type TestDatabase } from "./test-database.ts";
export { testRedisUrl } from "./test-redis.ts";
export { waitFor } from "./wait-for.ts";
