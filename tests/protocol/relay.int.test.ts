import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Json,
  openSender,
  toPerson,
  openProtocolWorld,
  type ProtocolWorld,
} from "../support/protocol-world.ts";

let world: ProtocolWorld;
let org: string;
beforeAll(async () => {
  world = await openProtocolWorld();
  org = await world.makeOrg();
});
afterAll(() => world.close());

describe("relay, sweep and depth", () => {
  const system = async (sql: string, values: unknown[] = []): Promise<Json[]> =>
    world.as("rarity_orchestrator", null, async (tx) => (await tx.query<Json>(sql, values)).rows);
  const relay = (max: number): Promise<Json[]> =>
    system("select * from messaging.relay_take($1)", [max]);

  test("numbers every organization's stream without gaps, also with many relays at once", async () => {
    const other = await world.makeOrg();
    const [mine, theirs] = [await openSender(world, org), await openSender(world, other)];
    await Promise.all([
      ...Array.from({ length: 20 }, () => mine.accept([{}, {}])),
      ...Array.from({ length: 20 }, () => theirs.accept([{}])),
    ]);
    while ((await Promise.all([relay(7), relay(7), relay(7)])).some((rows) => rows.length > 0));
    for (const id of [org, other]) {
      const rows = await world.admin<{ seq: string }>(
        "select seq from messaging.stream_event where org_id = $1 order by seq",
        [id],
      );
      expect(rows.map((row) => Number(row.seq))).toEqual(rows.map((_, n) => n + 1));
    }
    const left = await world.admin("select 1 from messaging.outbox");
    expect(left).toEqual([]);
    const states = await world.admin(
      "select distinct status from messaging.message where account_id = $1",
      [theirs.accountId],
    );
    expect(states).toEqual([{ status: "queued" }]);
  });

  test("the sweep names accounts nobody was told about, once; the depth counts them", async () => {
    const sender = await openSender(world, org);
    await sender.accept([
      {},
      { ...toPerson("+4915100000071"), sendAt: new Date(Date.now() + 3_600_000).toISOString() },
    ]);
    await world.admin(
      "update messaging.send_queue set due_at = due_at - interval '20 seconds' where account_id = $1",
      [sender.accountId],
    );
    const sweep = async (): Promise<Json[]> =>
      (await system("select * from messaging.sweep(1000)")).filter(
        (row) => row["account_id"] === sender.accountId,
      );
    expect(await sweep()).toEqual([{ account_id: sender.accountId, org_id: org }]);
    expect(await sweep()).toEqual([]);
    const depth = (await system("select * from messaging.queue_depth()")).find(
      (row) => row["account_id"] === sender.accountId,
    );
    expect(depth).toMatchObject({ ready: "1", waiting: "1" });
  });
});
