import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createLogger } from "@rarity/platform/logger";
import { createPool, createTenantSealer, withSystem } from "@rarity/platform/postgres";
import type { Pool } from "@rarity/platform/postgres";
import { testDatabase, testRedis } from "@rarity/platform/testing";
import { v7 as uuidv7 } from "uuid";

type AttemptRow = {
  attempt_no: number;
  state: string;
  provider_token: string;
  holder: string;
};
type MessageRow = { id: string; status: string; seq: string; acked_at: Date | null };

export type PodFixture = {
  admin: Pool;
  accountId: string;
  accept(recipients: string[]): Promise<string[]>;
  startPod(holder: string, env?: Record<string, string>): ChildProcess;
  stopPod(pod: ChildProcess): Promise<number | null>;
  messages(ids: string[]): Promise<MessageRow[]>;
  attempts(id: string): Promise<AttemptRow[]>;
  close(): Promise<void>;
};

const entry = fileURLToPath(new URL("../src/null-main.ts", import.meta.url));

/** One organization with one account, on a database of its own, and channel processes for it. */
export async function createPodFixture(mediaDir: string): Promise<PodFixture> {
  const database = await testDatabase();
  const logger = createLogger({ service: "test", level: "warn" });
  const poolFor = (connectionString: string): Pool =>
    createPool({ connectionString, applicationName: "test", max: 2, logger });
  const admin = poolFor(database.adminUrl);
  const orchestrator = poolFor(database.urlFor("rarity_orchestrator"));
  const orgId = uuidv7();
  const accountId = uuidv7();
  const sealer = createTenantSealer(database.sealKey);
  await admin.query("insert into tenancy.organization (id, name) values ($1, 'Test')", [orgId]);
  await admin.query(
    "insert into channels.account (org_id, id, channel, name) values ($1, $2, 'whatsapp', 'one')",
    [orgId, accountId],
  );

  const runner = createPodRunner({
    ACCOUNT_ID: accountId,
    ORG_ID: orgId,
    DATABASE_URL: database.urlFor("rarity_whatsapp"),
    REDIS_URL: testRedis().url,
    TENANT_SEAL_KEY: database.sealKey,
    MEDIA_URL: pathToFileURL(mediaDir).href,
    LOG_LEVEL: "warn",
  });
  return {
    admin,
    accountId,
    startPod: runner.start,
    stopPod: runner.stop,
    accept: async (recipients) => {
      const batch = recipients.map((value, i) =>
        acceptItem({ i, tenant: sealer.seal(orgId), accountId, value }),
      );
      await withSystem(orchestrator, (tx) =>
        tx.query("select messaging.accept_messages($1::jsonb)", [JSON.stringify(batch)]),
      );
      return batch.map(({ id }) => id);
    },
    messages: async (ids) => {
      const sql = `select m.id, m.status, m.seq, m.provider_ts as acked_at
        from messaging.message m where m.id = any($1) order by m.seq`;
      return (await admin.query<MessageRow>(sql, [ids])).rows;
    },
    attempts: async (id) => {
      const sql = `select attempt_no, state, provider_token, holder
        from messaging.attempt where message_id = $1 order by attempt_no`;
      return (await admin.query<AttemptRow>(sql, [id])).rows;
    },
    close: async () => {
      await runner.stopAll();
      await Promise.all([admin.end(), orchestrator.end()]);
      await database.drop();
    },
  };
}

type PodRunner = {
  start: PodFixture["startPod"];
  stop: PodFixture["stopPod"];
  stopAll(): Promise<void>;
};

function createPodRunner(settings: Record<string, string>): PodRunner {
  const pods = new Set<ChildProcess>();
  const stop = async (pod: ChildProcess): Promise<number | null> => {
    if (!hasEnded(pod)) {
      pod.kill("SIGTERM");
      await once(pod, "exit");
    }
    pods.delete(pod);
    return pod.exitCode;
  };
  return {
    start: (holder, env = {}) => {
      const pod = spawn(process.execPath, [entry], {
        env: { ...settings, HOLDER: holder, ...env },
        stdio: ["ignore", "inherit", "inherit"],
      });
      pods.add(pod);
      return pod;
    },
    stop,
    stopAll: async () => {
      for (const pod of pods) await stop(pod);
    },
  };
}

export function hasEnded(pod: ChildProcess): boolean {
  return pod.exitCode !== null || pod.signalCode !== null;
}

type AcceptInput = { i: number; tenant: string; accountId: string; value: string };

function acceptItem({ i, tenant, accountId, value }: AcceptInput): {
  id: string;
  [field: string]: unknown;
} {
  const id = uuidv7();
  return {
    i,
    id,
    tenant,
    accountId,
    route: "test",
    conversation: { channel: "whatsapp", recipientKind: "phone", recipientValue: value },
    lane: 2,
    content: { type: "text", text: `message ${i}` },
    contentHash: id,
    providerToken: `3EB0${id.replaceAll("-", "").slice(-18).toUpperCase()}`,
    createdBy: "test",
  };
}
