import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase, waitFor, type TestDatabase } from "../testing/index.ts";
import { createPool } from "./pool.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

// Without a listener the event is an uncaught exception, which fails this file.
test("a connection that is cut while it is in use costs its transaction and not the process", async () => {
  const lines: string[] = [];
  const logger = pino({ level: "warn" }, { write: (line) => void lines.push(line) });
  const options = { connectionString: database.adminUrl, applicationName: "test", logger };
  const pool = createPool({ ...options, max: 1 });
  const other = createPool({ ...options, max: 1 });
  const client = await pool.connect();
  const found = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  await other.query("select pg_terminate_backend($1)", [found.rows[0]?.pid]);
  await waitFor(() => lines.some((line) => line.includes("lost in use")));
  await expect(client.query("select 1")).rejects.toThrow();
  client.release(true);
  const again = await pool.query<{ one: number }>("select 1 as one");
  expect(again.rows).toEqual([{ one: 1 }]);
  await Promise.all([pool.end(), other.end()]);
});
