import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createPool } from "@rarity/platform/postgres";
import type { Pool } from "@rarity/platform/postgres";
import { testDatabase, testRedis, waitFor } from "@rarity/platform/testing";
import type { TestDatabase } from "@rarity/platform/testing";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPodProcess } from "./support/pod-process.ts";
import type { PodProcess } from "./support/pod-process.ts";
import { startSandboxProcess } from "./support/sandbox-process.ts";
import type { SandboxProcess } from "./support/sandbox-process.ts";

const phone = "15550001001";
const orgId = randomUUID();
const accountId = randomUUID();

let sandbox: SandboxProcess;
let database: TestDatabase;
let pool: Pool;
let directory: string;
let pod: PodProcess;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  database = await testDatabase();
  directory = await mkdtemp(path.join(tmpdir(), "whatsapp-wish-"));
  const logger = pino({ level: "silent" });
  pool = createPool({ connectionString: database.adminUrl, applicationName: "test", logger });
  await sandbox.post("/api/phones", { phone, name: "Sales", business: true });
  await pool.query("insert into tenancy.organization (id, name) values ($1, 'Org')", [orgId]);
  await pool.query(
    "insert into channels.account (org_id, id, channel, name) values ($1, $2, 'whatsapp', 'sales')",
    [orgId, accountId],
  );
  pod = startPodProcess({
    ...{ ORG_ID: orgId, ACCOUNT_ID: accountId, HOLDER: "pod-0" },
    DATABASE_URL: database.urlFor("rarity_whatsapp"),
    REDIS_URL: testRedis().url,
    TENANT_SEAL_KEY: database.sealKey,
    SESSION_KEYS: `v1:${"ab".repeat(32)}`,
    WHATSAPP_URL: sandbox.wireUrl,
    WHATSAPP_ROOT_KEY: sandbox.rootKeyHex,
    MEDIA_URL: pathToFileURL(directory).href,
  });
}, 60_000);

afterAll(async () => {
  pod.kill("SIGKILL");
  await pod.ended;
  await pool.end();
  await database.drop();
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Shown {
  qr: string | null;
  code: string | null;
}

const shownAs = async (state: string, kind: keyof Shown): Promise<string> =>
  waitFor(
    async () => {
      const { rows } = await pool.query<Shown>(
        "select qr, code from channels.pairing where account_id = $1 and state = $2",
        [accountId, state],
      );
      return rows[0]?.[kind] ?? undefined;
    },
    { timeoutMs: 30_000, what: `a ${kind} to be shown` },
  );

test("a code asked for while a QR is shown is shown at once, and pairs", async () => {
  await shownAs("waiting", "qr");
  await pool.query(
    `update channels.pairing set method = 'Code', phone = $2, state = 'requested', qr = null,
       requested_at = now(), updated_at = now() where account_id = $1`,
    [accountId, phone],
  );
  const code = await shownAs("waiting", "code");
  expect(code).toMatch(/^[0-9A-Z]{8}$/);
  const enter = () =>
    sandbox.post(`/api/phones/${phone}/enter-code`, { code }).then(
      () => true,
      () => false,
    );
  await waitFor(enter, { timeoutMs: 30_000, what: "the code to be accepted" });
  await waitFor(
    async () => {
      const { rows } = await pool.query("select from channels.pairing where state = 'paired'");
      return rows.length === 1 ? true : undefined;
    },
    { timeoutMs: 30_000, what: "the account to be paired" },
  );
}, 90_000);
