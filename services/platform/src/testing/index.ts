export { testDatabase, type ServiceRole, type TestDatabase } from "./test-database.ts";
export { testRedis, type TestRedis } from "./test-redis.ts";
export { startTestPostgres, startTestRedis, type TestServer } from "./start-servers.ts";
export { waitFor } from "./wait-for.ts";
export { buildVersitygw, type FoundServer } from "./build-versitygw.ts";
export { startTestS3, type TestS3 } from "./start-test-s3.ts";
