import pg from "pg";
import { testDatabase, testRedis, type TestDatabase } from "@rarity/platform/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkDatabase } from "./check-database.ts";
import { checkRedis } from "./check-redis.ts";

let database: TestDatabase;
let keys: { tenantSealKey: string; rolePassword: string };

const withUrl = (change: (url: URL) => void): string => {
  const url = new URL(database.adminUrl);
  change(url);
  return url.toString();
};

const asAdmin = async (statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
};

beforeAll(async () => {
  database = await testDatabase();
  const rolePassword = decodeURIComponent(new URL(database.urlFor("rarity_leads")).password);
  keys = { tenantSealKey: database.sealKey, rolePassword };
});
afterAll(() => database.drop());

describe("checkDatabase", () => {
  test("says what it will do to a database that is ours", async () => {
    expect(await checkDatabase(database.adminUrl, keys)).toContain(
      "schemas app, tenancy, auth_local, leads",
    );
  });

  test.each([
    ["no-url", (): string => "mysql://x/y", "is not a Postgres URL"],
    ["no-server", (): string => withUrl((url) => (url.port = "1")), "no Postgres answers at"],
    ["no-user", (): string => withUrl((url) => (url.password = "wrong")), "refused the user"],
    ["no-database", (): string => withUrl((url) => (url.pathname = "/nowhere")), 'no database "n'],
  ])("refuses %s in words, without the password", async (_name, url, words) => {
    const refusal = await checkDatabase(url(), keys).catch((error: unknown) => String(error));
    expect(refusal).toContain(words);
    expect(refusal).not.toContain(new URL(database.adminUrl).password);
  });

  test("refuses a user who may not create roles", async () => {
    await asAdmin("create role check_poor login password 'poor'");
    const poor = withUrl((url) => Object.assign(url, { username: "check_poor", password: "poor" }));
    await expect(checkDatabase(poor, keys)).rejects.toThrow(/grant connect on database/);
    await asAdmin(
      `grant connect on database ${new URL(database.adminUrl).pathname.slice(1)} to check_poor`,
    );
    await expect(checkDatabase(poor, keys)).rejects.toThrow(/alter role "check_poor" createrole/);
    await asAdmin("alter role check_poor createrole");
    await expect(checkDatabase(poor, keys)).rejects.toThrow(/grant create on database/);
    await asAdmin("drop owned by check_poor; drop role check_poor");
  });

  test("refuses the database of another installation", async () => {
    const tenantSealKey = "0".repeat(64);
    const other = checkDatabase(database.adminUrl, { ...keys, tenantSealKey });
    await expect(other).rejects.toThrow(/another installation/);
    const stranger = checkDatabase(database.adminUrl, { ...keys, rolePassword: "another" });
    await expect(stranger).rejects.toThrow(/another installation/);
  });
});

describe("checkRedis", () => {
  test("names the version of one that will do", async () => {
    expect(await checkRedis(testRedis().url)).toMatch(/Using the Redis of REDIS_URL \(\d+\.\d+/);
  });

  test("refuses what is no Redis, and one that does not answer", async () => {
    await expect(checkRedis("http://localhost")).rejects.toThrow(/is not a Redis URL/);
    await expect(checkRedis("redis://:secret@127.0.0.1:1")).rejects.toThrow(/ECONNREFUSED/);
    await expect(checkRedis("redis://:secret@127.0.0.1:1")).rejects.not.toThrow(/secret/);
  });
});
