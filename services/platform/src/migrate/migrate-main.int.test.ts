import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../testing/index.ts";

const root = path.resolve(import.meta.dirname, "../../../..");
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

async function run(environment: Record<string, string>): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ["services/platform/src/migrate-main.ts"], {
    cwd: root,
    env: environment,
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  const [code] = (await once(child, "exit")) as [number];
  return { code, output };
}

const settings = (): Record<string, string> => ({
  DATABASE_ADMIN_URL: database.adminUrl,
  TENANT_SEAL_KEY: database.sealKey,
  ORCHESTRATOR_URL: database.urlFor("rarity_orchestrator"),
  LEADS_URL: database.urlFor("rarity_leads"),
  ACCOUNTS_URL: database.urlFor("rarity_accounts"),
  AUTH_URL: database.urlFor("rarity_auth"),
  WHATSAPP_URL: database.urlFor("rarity_whatsapp"),
});

test("applies nothing twice, and the roles can log in afterwards", async () => {
  const { code, output } = await run(settings());
  expect(output).toContain('"applied":0');
  expect(code).toBe(0);
  const client = new pg.Client({ connectionString: database.urlFor("rarity_leads") });
  await client.connect();
  await client.end();
});

test("says what is missing and shows no value", async () => {
  const { LEADS_URL, ...rest } = settings();
  const { code, output } = await run(rest);
  expect(code).toBe(78);
  expect(output).toContain("LEADS_URL: is required");
  expect(output).not.toContain(new URL(LEADS_URL ?? "").password);
});
