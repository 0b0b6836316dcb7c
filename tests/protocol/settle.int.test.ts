import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AttemptAnswer,
  openSender,
  toPerson,
  openProtocolWorld,
  type ProtocolWorld,
} from "../support/protocol-world.ts";
import { absent, acked, makeDue, refused, sendOne } from "./outcomes.ts";

let world: ProtocolWorld;
let org: string;
beforeAll(async () => {
  world = await openProtocolWorld();
  org = await world.makeOrg();
});
afterAll(() => world.close());

describe("settle (K7, K9)", () => {
  test("acked", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    expect(await sender.settle([acked(attempt, "WIRE-1")])).toEqual({ ok: true });
    expect(await sender.message(id)).toMatchObject({
      status: "server_acked",
      provider_message_id: "WIRE-1",
    });
    expect(await sender.history(id)).toEqual(["accepted", "queued", "dispatching", "server_acked"]);
    await sender.settle([acked(attempt, "WIRE-1")]);
    expect(await sender.history(id)).toHaveLength(4);
  });

  test("refused for a while: retried at most five times, then a dead letter that a person can retry", async () => {
    const sender = await openSender(world, org);
    const sent = await sendOne(sender);
    const { id } = sent;
    let attempt: AttemptAnswer = sent.attempt;
    const token = attempt.providerToken;
    for (let n = 1; n <= 5; n += 1) {
      expect(attempt).toMatchObject({ attemptNo: n, providerToken: token });
      await sender.settle([refused(attempt, "transient")]);
      await makeDue(world, id);
      attempt = (await sender.claim()).attempts[0];
    }
    expect(attempt).toBeUndefined();
    expect(await sender.message(id)).toMatchObject({ status: "failed", attempt_count: 5 });
    const [letter] = await world.admin(
      "select * from messaging.dead_letter where message_id = $1",
      [id],
    );
    expect(
      await world.call(
        "rarity_orchestrator",
        org,
        "messaging.retry_dead_letter",
        letter!["id"],
        "me",
      ),
    ).toMatchObject({ ok: true, status: "queued" });
    const again = (await sender.claim()).attempts[0];
    expect(again).toMatchObject({ messageId: id, attemptNo: 6, providerToken: token });
    await sender.settle([acked(again)]);
    expect(await sender.message(id)).toMatchObject({ status: "server_acked" });
  });

  test.each([
    ["content", "failed", 1],
    ["recipient", "failed", 1],
  ])("refused because of the %s: %s", async (errorClass, status, letters) => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    await sender.settle([refused(attempt, errorClass, "NOT_ON_CHANNEL")]);
    expect(await sender.message(id)).toMatchObject({ status, status_reason: "NOT_ON_CHANNEL" });
    expect(
      await world.admin("select 1 from messaging.dead_letter where message_id = $1", [id]),
    ).toHaveLength(letters);
    expect((await sender.claim()).attempts).toEqual([]);
  });

  test("a recipient's refusal moves to the next route of the chain with its own token", async () => {
    const sender = await openSender(world, org);
    const next = await openSender(world, org);
    const chain = [
      {
        channel: "whatsapp",
        accountId: next.accountId,
        recipientKind: "phone",
        recipientValue: "+4915100000031",
        providerToken: "SECOND",
      },
    ];
    const { id, attempt } = await sendOne(sender, { chain });
    await sender.settle([refused(attempt, "recipient")]);
    expect((await sender.claim()).attempts).toEqual([]);
    const moved = (await next.claim()).attempts[0];
    expect(moved).toMatchObject({ messageId: id, attemptNo: 2, providerToken: "SECOND" });
    await next.settle([acked(moved)]);
    expect(await sender.message(id)).toMatchObject({
      status: "server_acked",
      account_id: next.accountId,
    });
  });

  test("refused because of the account: all of it waits", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    await sender.accept([toPerson("+4915100000041")]);
    await sender.settle([refused(attempt, "account", "463")]);
    expect(await sender.claim()).toMatchObject({
      ok: true,
      attempts: [],
      waiting: "ACCOUNT_REFUSED",
    });
    expect(await sender.message(id)).toMatchObject({ status: "dispatching" });
  });

  test("proved absent is sent again; unknown is shown and decided by a person", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    await sender.settle([absent(attempt)]);
    await makeDue(world, id);
    const again = (await sender.claim()).attempts[0];
    expect(again).toMatchObject({ messageId: id, attemptNo: 2 });
    await sender.settle([{ ...acked(again), outcome: "unresolved" }]);
    expect(await sender.message(id)).toMatchObject({ status: "uncertain" });
    expect((await sender.claim()).attempts).toEqual([]);
    expect(
      await world.call(
        "rarity_orchestrator",
        org,
        "messaging.resolve_uncertain",
        id,
        "send_again",
        "me",
      ),
    ).toMatchObject({ ok: true, status: "queued" });
    const third = (await sender.claim()).attempts[0];
    await sender.settle([{ ...acked(third), outcome: "unresolved" }]);
    expect(
      await world.call(
        "rarity_orchestrator",
        org,
        "messaging.resolve_uncertain",
        id,
        "mark_sent",
        "me",
      ),
    ).toMatchObject({ ok: true, status: "server_acked" });
  });

  test("what never left waits longer each time and costs nothing of the budget", async () => {
    const sender = await openSender(world, org);
    const sent = await sendOne(sender);
    const { id } = sent;
    let attempt: AttemptAnswer = sent.attempt;
    const delays: number[] = [];
    for (let n = 1; n <= 9; n += 1) {
      await sender.settle([absent(attempt)]);
      // The first delays are so short that a busy machine may let them pass before it asks.
      if (n >= 5) expect((await sender.claim()).attempts).toEqual([]);
      const [row] = await world.admin<{ ms: number }>(
        `select extract(epoch from q.due_at - a.settled_at)::float * 1000 as ms
           from messaging.send_queue q join messaging.attempt a using (org_id, message_id)
           where message_id = $1 and a.attempt_no = $2`,
        [id, attempt.attemptNo],
      );
      delays.push(row!.ms);
      await makeDue(world, id);
      attempt = (await sender.claim()).attempts[0];
      expect(attempt).toMatchObject({ messageId: id, attemptNo: n + 1 });
    }
    delays.forEach((ms, n) => {
      const fullMs = Math.min(30_000, 500 * 2 ** n);
      expect(ms).toBeLessThanOrEqual(fullMs);
      expect(ms).toBeGreaterThanOrEqual(fullMs / 2);
    });
    const kept = await world.admin("select 1 from messaging.attempt where message_id = $1", [id]);
    expect(kept.length).toBeLessThanOrEqual(7);
    for (let n = 0; n < 5; n += 1) {
      await sender.settle([refused(attempt, "transient")]);
      await makeDue(world, id);
      attempt = (await sender.claim()).attempts[0];
    }
    expect(attempt).toBeUndefined();
    expect(await sender.message(id)).toMatchObject({ status: "failed", attempt_count: 14 });
  });

  test("a message whose own sending fails again and again becomes a dead letter", async () => {
    const sender = await openSender(world, org);
    const sent = await sendOne(sender);
    let attempt: AttemptAnswer = sent.attempt;
    for (let n = 1; n <= 20; n += 1) {
      expect(await sender.message(sent.id)).toMatchObject({ status: "dispatching" });
      await sender.settle([absent(attempt, "message")]);
      await makeDue(world, sent.id);
      attempt = (await sender.claim()).attempts[0];
    }
    expect(await sender.message(sent.id)).toMatchObject({
      status: "failed",
      status_reason: "NOT_SENT",
    });
  });

  test("a copy that never left opens the question of the one before it again", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    for (let n = 0; n < 8; n += 1) {
      const [open] = await sender.open();
      expect(open).toMatchObject({ messageId: id, attemptNo: 1, triesLeft: 4 });
      const { attempt: copy } = await sender.supersede(open);
      expect(copy).toMatchObject({ providerToken: attempt.providerToken });
      await sender.settle([absent(copy!)]);
      // Settled twice, as when the first answer was lost: changes nothing.
      await sender.settle([absent(copy!)]);
      expect((await sender.claim()).attempts).toEqual([]);
    }
    expect(await sender.message(id)).toMatchObject({ status: "dispatching" });
    const { attempt: last } = await sender.supersede({ messageId: id, attemptNo: 1 });
    await sender.settle([acked(last!)]);
    expect(await sender.message(id)).toMatchObject({ status: "server_acked" });
  });

  test("another copy waits where the limits leave no room for a call", async () => {
    const sender = await openSender(world, org, { perMinute: 1 });
    const { id, attempt } = await sendOne(sender);
    const answer = await sender.supersede(attempt);
    expect(answer).toMatchObject({ ok: true, attempt: null });
    expect(answer.waitMs).toBeGreaterThan(1000);
    expect(answer.waitMs).toBeLessThan(70_000);
    const [open] = await sender.open();
    expect(open).toMatchObject({ messageId: id, attemptNo: 1 });
  });

  test("a stale token leaves evidence and changes nothing", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    await world.call(
      "rarity_whatsapp",
      org,
      "channels.acquire_lease",
      sender.accountId,
      "other",
      30_000,
      true,
    );
    expect(await sender.settle([acked(attempt)])).toEqual({ ok: false, code: "LEASE_LOST" });
    expect(await sender.message(id)).toMatchObject({ status: "dispatching" });
    const [open] = await sender.open();
    expect(open).toMatchObject({ messageId: id, token: sender.token, evidence: [{ stale: true }] });
  });

  test("supersede keeps the token and one open attempt, at most five", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    let current = attempt;
    for (let n = 2; n <= 5; n += 1) {
      const answer = await sender.supersede({ messageId: id, attemptNo: current.attemptNo });
      expect(answer.attempt).toMatchObject({
        attemptNo: n,
        providerToken: attempt.providerToken,
        content: attempt.content,
      });
      current = answer.attempt ?? current;
      expect(await sender.open()).toHaveLength(1);
    }
    expect(await sender.supersede({ messageId: id, attemptNo: 5 })).toEqual({
      ok: true,
      attempt: null,
    });
    expect(await sender.message(id)).toMatchObject({ status: "uncertain", attempt_count: 5 });
  });
});
