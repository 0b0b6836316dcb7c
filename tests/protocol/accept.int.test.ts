import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { v7 } from "uuid";
import {
  newMessage,
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

describe("accept (K0)", () => {
  test("stores message, history, queue and outbox in conversation order", async () => {
    const sender = await openSender(world, org);
    const results = await sender.accept([{}, {}, toPerson("+4915100000002")]);
    expect(results.map((r) => [r.i, r.ok, r.seq, r.status])).toEqual([
      [0, true, 1, "accepted"],
      [1, true, 2, "accepted"],
      [2, true, 1, "accepted"],
    ]);
    expect(results[0].conversationId).toBe(results[1].conversationId);
    expect(results[2].conversationId).not.toBe(results[0].conversationId);
    expect(await sender.history(results[0].id)).toEqual(["accepted", "queued"]);
  });

  test("a replay answers the first answer, another body is in one group and across groups", async () => {
    const sender = await openSender(world, org);
    const key = { idempotencyKey: v7(), requestHash: "a" };
    const [first, twin] = await sender.accept([key, key]);
    expect(twin).toMatchObject({ ok: true, id: first.id, replayed: true });
    const [again, other] = await sender.accept([key, { ...key, requestHash: "b" }]);
    expect(again).toMatchObject({ ok: true, id: first.id, replayed: true, seq: 1 });
    expect(other).toMatchObject({ ok: false, code: "IDEMPOTENCY_KEY_REUSED" });
    expect((await sender.claim()).attempts).toHaveLength(1);
  });

  test("the same key at the same moment has one effect", async () => {
    const sender = await openSender(world, org);
    const key = { idempotencyKey: v7(), requestHash: "a" };
    const answers = await Promise.all(Array.from({ length: 20 }, () => sender.accept([key])));
    expect(new Set(answers.map(([answer]) => answer.id)).size).toBe(1);
    expect(answers.filter(([answer]) => !answer.replayed)).toHaveLength(1);
  });

  test("one bad item does not fail its neighbours, and tenants stay apart in one group", async () => {
    const other = await world.makeOrg();
    const sender = await openSender(world, org);
    const foreign = await openSender(world, other);
    const results = await sender.accept([
      {},
      { accountId: v7() },
      { accountId: foreign.accountId },
      newMessage(world, other, foreign.accountId),
      { tenant: `${other}.${"0".repeat(64)}` },
      { conversation: { channel: "x", recipientKind: "x_id", recipientValue: "1" } },
    ]);
    const codes = Object.fromEntries(results.map((r) => [r.i, r.ok ? "ok" : r.code]));
    expect(codes).toEqual({
      0: "ok",
      1: "ACCOUNT_NOT_FOUND",
      2: "ACCOUNT_NOT_FOUND",
      3: "ok",
      4: "FORBIDDEN",
      5: "CHANNEL_UNAVAILABLE",
    });
    expect((await foreign.claim()).attempts).toHaveLength(1);
  });
});
