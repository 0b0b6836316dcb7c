import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createPool, createTenantSealer } from "@rarity/platform/postgres";
import type { Pool } from "@rarity/platform/postgres";
import { testDatabase, testRedis, waitFor } from "@rarity/platform/testing";
import type { TestDatabase } from "@rarity/platform/testing";
import { pino } from "pino";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startPodProcess } from "./support/pod-process.ts";
import type { PodProcess } from "./support/pod-process.ts";
import { startSandboxProcess } from "./support/sandbox-process.ts";
import type { SandboxProcess } from "./support/sandbox-process.ts";

const salesPhone = "15550001001";
const leadPhone = "15550001002";
const patience = { timeoutMs: 40_000 };
const orgId = randomUUID();
const accountId = randomUUID();

let sandbox: SandboxProcess;
let database: TestDatabase;
let pool: Pool;
let directory: string;
let pod: PodProcess | undefined;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  database = await testDatabase();
  directory = await mkdtemp(path.join(tmpdir(), "whatsapp-kill-"));
  const logger = pino({ level: "silent" });
  pool = createPool({ connectionString: database.adminUrl, applicationName: "test", logger });
  await sandbox.post("/api/phones", { phone: salesPhone, name: "Sales", business: true });
  await sandbox.post("/api/phones", { phone: leadPhone, name: "Lead" });
  await pool.query("insert into tenancy.organization (id, name) values ($1, 'Org')", [orgId]);
  await pool.query(
    "insert into channels.account (org_id, id, channel, name) values ($1, $2, 'whatsapp', 'sales')",
    [orgId, accountId],
  );
});

afterAll(async () => {
  pod?.kill("SIGKILL");
  await pod?.ended;
  await pool.end();
  await database.drop();
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Every life has the same pod name, as under a supervisor that starts it again. */
function startLife(crashPoint?: string): PodProcess {
  pod = startPodProcess({
    ORG_ID: orgId,
    ACCOUNT_ID: accountId,
    HOLDER: "pod-0",
    DATABASE_URL: database.urlFor("rarity_whatsapp"),
    REDIS_URL: testRedis().url,
    TENANT_SEAL_KEY: database.sealKey,
    SESSION_KEYS: `v1:${"ab".repeat(32)}`,
    WHATSAPP_URL: sandbox.wireUrl,
    WHATSAPP_ROOT_KEY: sandbox.rootKeyHex,
    MEDIA_URL: pathToFileURL(directory).href,
    ...(crashPoint === undefined ? {} : { RARITY_CRASH_POINT: crashPoint }),
  });
  return pod;
}

const rowOf = async (sql: string): Promise<Record<string, unknown> | undefined> => {
  const { rows } = await pool.query<Record<string, unknown>>(sql, [orgId]);
  return rows[0];
};

async function pair(): Promise<void> {
  const shown = await waitFor(
    () => rowOf("select qr from channels.pairing where org_id = $1 and state = 'waiting'"),
    { ...patience, what: "a QR" },
  );
  await sandbox.post(`/api/phones/${salesPhone}/scan`, { qr: shown["qr"] });
  await waitFor(
    async () => {
      const account = await rowOf("select state from channels.account where org_id = $1");
      return account?.["state"] === "connected";
    },
    { ...patience, what: "a connected account" },
  );
}

/** What the API does when it accepts a message; answers the token the phone will see. */
async function accept(words: string): Promise<string> {
  const providerToken = `3EB0${randomUUID().replaceAll("-", "").toUpperCase().slice(0, 18)}`;
  const item = {
    i: 0,
    tenant: createTenantSealer(database.sealKey).seal(orgId),
    id: uuidv7(),
    route: "test",
    accountId,
    conversation: {
      channel: "whatsapp",
      recipientKind: "phone",
      recipientValue: `+${leadPhone}`,
    },
    lane: 2,
    content: { type: "text", text: words },
    contentHash: words,
    providerToken,
  };
  const { rows } = await pool.query<{ results: unknown }>(
    "select messaging.accept_messages($1) as results",
    [JSON.stringify([item])],
  );
  expect(rows[0]?.results).toMatchObject([{ ok: true }]);
  return providerToken;
}

const ledgerBody = z.object({
  data: z.array(
    z.object({ messageId: z.string(), displayed: z.number(), undecryptable: z.number() }),
  ),
});

const inbound = async (): Promise<string[]> => {
  const { rows } = await pool.query<{ text: string }>(
    "select content ->> 'text' as text from messaging.message where org_id = $1 and direction = 'in'",
    [orgId],
  );
  return rows.map(({ text }) => text).sort();
};

test(
  "loses nothing and shows nothing twice when it is killed at any step of a send",
  { timeout: 180_000 },
  async () => {
    const first = startLife();
    await pair();
    first.kill("SIGKILL");
    await first.ended;

    const tokens: string[] = [];
    const replies: string[] = [];
    for (const crashPoint of ["K2", "K3", "K4", "K5", "K6", "K7"]) {
      tokens.push(await accept(`before ${crashPoint}`), await accept(`after ${crashPoint}`));
      const reply = `reply at ${crashPoint}`;
      await sandbox.post(`/api/phones/${leadPhone}/send`, { to: salesPhone, text: reply });
      replies.push(reply);
      const life = startLife(crashPoint);
      const deadline = AbortSignal.timeout(patience.timeoutMs);
      deadline.addEventListener("abort", () => life.kill("SIGTERM"));
      expect(await life.ended, `${crashPoint}: ${life.log().slice(-2000)}`).toBe("SIGKILL");
    }

    const last = startLife();
    await waitFor(
      async () => {
        const open = await rowOf(
          `select count(*)::int as n from messaging.message where org_id = $1 and direction = 'out'
             and status not in ('server_acked', 'delivered', 'read')`,
        );
        return open?.["n"] === 0;
      },
      { ...patience, what: "every message to be acknowledged" },
    );
    await waitFor(async () => (await inbound()).length >= replies.length, patience);
    expect(await inbound()).toEqual(replies.sort());

    const ledger = ledgerBody.parse(await sandbox.get(`/api/ledger?phone=${leadPhone}`)).data;
    for (const token of tokens) {
      const seen = ledger.filter(({ messageId }) => messageId === token);
      expect(seen).toMatchObject([{ displayed: 1, undecryptable: 0 }]);
    }
    last.kill("SIGTERM");
    expect(await last.ended).toBeNull();
  },
);
