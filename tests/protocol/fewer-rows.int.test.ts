import { randomUUID } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { v7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate, migrationOrder } from "@rarity/platform/migrate";
import { testDatabase, type TestDatabase } from "@rarity/platform/testing";

// A database as it was before history and events were kept in fewer rows (orchestrator 0018).

const root = path.resolve(import.meta.dirname, "../..");
let database: TestDatabase;
let before: string;
let db: pg.Client;

const migrateFrom = (folder: string): Promise<number> => {
  const { adminUrl, sealKey } = database;
  return migrate({ adminUrl, root: folder, rolePasswords: {}, sealKey });
};

beforeAll(async () => {
  before = await mkdtemp(path.join(tmpdir(), "rarity-before-"));
  for (const service of migrationOrder) {
    const from = path.join(root, "services", service, "migrations");
    const to = path.join(before, "services", service, "migrations");
    await mkdir(to, { recursive: true });
    const files = (await readdir(from)).filter(
      (file) => service !== "orchestrator" || file < "0018",
    );
    for (const file of files) await cp(path.join(from, file), path.join(to, file));
  }
  database = await testDatabase({ empty: true });
  await migrateFrom(before);
  db = new pg.Client({ connectionString: database.adminUrl });
  await db.connect();
}, 120_000);
afterAll(async () => {
  await db.end();
  await database.drop();
  await rm(before, { recursive: true, force: true });
});

test("history and events of before are there after", async () => {
  const [org, other, message, silent] = [randomUUID(), randomUUID(), v7(), v7()];
  for (const id of [message, silent]) {
    await db.query(
      `insert into messaging.message (org_id, id, conversation_id, account_id, seq, direction, channel, status, content)
       values ($1, $2, gen_random_uuid(), gen_random_uuid(), 1, 'out', 'whatsapp', 'delivered', '{}')`,
      [org, id],
    );
  }
  for (const status of ["accepted", "queued", "server_acked"]) {
    await db.query(
      "insert into messaging.message_event (org_id, message_id, status, reason, source) values ($1, $2, $3, $4, 'api')",
      [org, message, status, status === "queued" ? "WHY" : null],
    );
  }
  await db.query("insert into messaging.stream_head values ($1, 2)", [org]);
  for (const seq of [1, 2]) {
    await db.query(
      `insert into messaging.stream_event (org_id, seq, event_id, type, data, at)
       values ($1, $2::int, app.uuidv7(), 'lead_updated', jsonb_build_object('n', $2::int), now())`,
      [org, seq],
    );
  }
  for (const [orgId, n] of [
    [org, 3],
    [org, 4],
    [other, 1],
  ] as const) {
    await db.query(
      "insert into messaging.outbox (org_id, type, data) values ($1, 'lead_updated', jsonb_build_object('n', $2::int))",
      [orgId, n],
    );
  }

  expect(await migrateFrom(root)).toBeGreaterThan(0);

  const history = await db.query(
    "select message_id, status, reason, source from messaging.message_event where org_id = $1 order by id",
    [org],
  );
  expect(history.rows).toEqual([
    { message_id: message, status: "accepted", reason: null, source: "api" },
    { message_id: message, status: "queued", reason: "WHY", source: "api" },
    { message_id: message, status: "server_acked", reason: null, source: "api" },
  ]);
  await db.query("select * from messaging.relay_take(500)");
  const events = await db.query<{ org_id: string; seq: string; n: number }>(
    "select org_id, seq, (data ->> 'n')::int as n from messaging.stream_event order by org_id = $1, seq",
    [org],
  );
  expect(events.rows.map(({ org_id, seq, n }) => [org_id, Number(seq), n])).toEqual([
    [other, 1, 1],
    [org, 1, 1],
    [org, 2, 2],
    [org, 3, 3],
    [org, 4, 4],
  ]);
}, 120_000);
