import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../testing/index.ts";
import { callOnce, callOnceAs } from "./call-once.ts";
import { createPool } from "./pool.ts";
import { createTenantSealer, type TenantSealer } from "./sealer.ts";
import { AmbiguousCommit } from "./transaction.ts";

let database: TestDatabase;
let sealer: TenantSealer;
let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  database = await testDatabase();
  sealer = createTenantSealer(database.sealKey);
  const connectionString = database.urlFor("rarity_whatsapp");
  pool = createPool({
    connectionString,
    applicationName: "test",
    max: 1,
    logger: pino({ level: "silent" }),
  });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe("one call, one transaction", () => {
  test("runs for its organization and leaves no tenant on the connection", async () => {
    const orgId = randomUUID();
    const call = { call: "app.require_org()", values: [] };
    await expect(callOnceAs(pool, { sealer, orgId }, call)).resolves.toBe(orgId);
    await expect(callOnce(pool, "app.org_id()", [])).resolves.toBeNull();
    await expect(callOnce(pool, "app.require_org()", [])).rejects.toMatchObject({ code: "28000" });
  });

  test("a seal of another key is no tenant", async () => {
    const forged = { sealer: createTenantSealer("0".repeat(64)), orgId: randomUUID() };
    const call = { call: "app.org_id()", values: [] };
    await expect(callOnceAs(pool, forged, call)).resolves.toBeNull();
  });

  test("a lost answer is an unknown outcome, and the next call gets a new connection", async () => {
    await expect(
      callOnce(pool, "pg_terminate_backend(pg_backend_pid())", []),
    ).rejects.toBeInstanceOf(AmbiguousCommit);
    await expect(callOnce(pool, "1 + $1", [1])).resolves.toBe(2);
  });
});
