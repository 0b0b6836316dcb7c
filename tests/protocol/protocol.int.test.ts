import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { v7 } from "uuid";
import {
  type AttemptAnswer,
  type Json,
  newMessage,
  openProtocolWorld,
  openSender,
  toPerson,
  type ProtocolWorld,
  type Sender,
} from "../support/protocol-world.ts";

let world: ProtocolWorld;
let org: string;
beforeAll(async () => {
  world = await openProtocolWorld();
  org = await world.makeOrg();
});
afterAll(() => world.close());

const acked = (attempt: AttemptAnswer, providerMessageId = attempt.providerToken) => ({
  messageId: attempt.messageId,
  attemptNo: attempt.attemptNo,
  outcome: "acked",
  providerMessageId,
  evidence: { ack: true },
  at: new Date().toISOString(),
});
const refused = (attempt: AttemptAnswer, errorClass: string, code = "CODE") => ({
  messageId: attempt.messageId,
  attemptNo: attempt.attemptNo,
  outcome: "refused",
  error: { class: errorClass, code, message: "no" },
  evidence: {},
  at: new Date().toISOString(),
});
const absent = (attempt: AttemptAnswer, blame = "process") => ({
  ...acked(attempt),
  outcome: "absent",
  blame,
});
const dueNow = (id: string) =>
  world.admin("update messaging.send_queue set due_at = now() where message_id = $1", [id]);
const sendOne = async (sender: Sender, change = {}) => {
  const [result] = await sender.accept([change]);
  const { attempts } = await sender.claim();
  const attempt = attempts.find((a) => a.messageId === result.id);
  if (attempt === undefined) throw new Error("the message was not claimed");
  return { id: result.id, attempt };
};

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

  test("a replay answers the first answer, another body is refused, in one group and across groups", async () => {
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

describe("claim (K3)", () => {
  test("takes only the head of each conversation, best lane first, and the next after it settled", async () => {
    const sender = await openSender(world, org);
    const [first, second, bulk, reply] = await sender.accept([
      {},
      {},
      { ...toPerson("+4915100000011"), lane: 3 },
      { ...toPerson("+4915100000012"), lane: 0 },
    ]);
    const claimed = await sender.claim();
    expect(claimed.attempts.map((a) => a.messageId)).toEqual([reply.id, first.id, bulk.id]);
    expect(claimed.attempts[0]).toMatchObject({ lane: "reply", stranger: true, attemptNo: 1 });
    expect((await sender.claim()).attempts).toEqual([]);
    await sender.settle([acked(claimed.attempts[1])]);
    expect((await sender.claim()).attempts.map((a) => a.messageId)).toEqual([second.id]);
  });

  test("a scheduled message waits without holding back its conversation", async () => {
    const sender = await openSender(world, org);
    const sendAt = new Date(Date.now() + 60_000).toISOString();
    const [later, now] = await sender.accept([{ sendAt }, {}]);
    const claimed = await sender.claim();
    expect(claimed.attempts.map((a) => a.messageId)).toEqual([now.id]);
    expect(claimed.nextDueInMs).toBeGreaterThan(50_000);
    expect(
      await world.call("rarity_orchestrator", org, "messaging.explain_wait", later.id),
    ).toMatchObject({ reason: "SCHEDULED" });
  });

  test("a lease that is not mine claims nothing", async () => {
    const sender = await openSender(world, org);
    await sender.accept([{}]);
    expect(await sender.claim(1, { token: sender.token + 1 })).toEqual({
      ok: false,
      code: "LEASE_LOST",
    });
    await world.admin(
      "update channels.account_lease set expires_at = now() where account_id = $1",
      [sender.accountId],
    );
    expect(await sender.claim()).toEqual({ ok: false, code: "LEASE_LOST" });
  });

  test.each([
    ["perMinute", { perMinute: 2 }, 2, "LIMIT_PER_MINUTE"],
    ["perDay", { perDay: 3 }, 3, "LIMIT_PER_DAY"],
    ["strangersPerDay", { strangersPerDay: 1 }, 1, "LIMIT_STRANGERS_PER_DAY"],
    ["warmUp", { warmUp: { startPerDay: 2, growthPercent: 50 } }, 2, "LIMIT_WARM_UP"],
  ])("%s is never exceeded, and the wait is explained", async (_name, limits, cap, reason) => {
    const sender = await openSender(world, org, limits);
    const people = Array.from({ length: 6 }, (_, n) => toPerson(`+491520000000${n}`));
    const accepted = await sender.accept(people);
    const rounds = await Promise.all([sender.claim(), sender.claim(), sender.claim()]);
    const claimed = rounds.flatMap((round) => round.attempts.map((a) => a.messageId));
    expect(claimed).toHaveLength(cap);
    expect((await sender.claim()).attempts).toEqual([]);
    expect(await sender.claim()).toMatchObject({
      waiting: reason,
      nextDueInMs: expect.any(Number) as number,
    });
    const waiting = accepted.find((r) => !claimed.includes(r.id));
    expect(
      await world.call("rarity_orchestrator", org, "messaging.explain_wait", waiting?.id),
    ).toMatchObject({ reason });
  });

  test("cancelled, opted-out and paused mean no call", async () => {
    const sender = await openSender(world, org);
    const [one, two] = await sender.accept([{}, toPerson("+4915100000021")]);
    expect(
      await world.call("rarity_orchestrator", org, "messaging.cancel_message", one.id),
    ).toMatchObject({
      ok: true,
      status: "cancelled",
    });
    await world.call("rarity_orchestrator", org, "messaging.set_opt_out", two.conversationId, true);
    const [three] = await sender.accept([toPerson("+4915100000021")]);
    expect((await sender.claim()).attempts).toEqual([]);
    for (const id of [two.id, three.id]) {
      expect(await sender.message(id)).toMatchObject({
        status: "cancelled",
        status_reason: "OPTED_OUT",
      });
    }
    await sender.accept([toPerson("+4915100000022")]);
    await world.call("rarity_accounts", org, "channels.set_account_paused", sender.accountId, true);
    expect(await sender.claim()).toEqual({ ok: false, code: "ACCOUNT_PAUSED" });
    await world.call(
      "rarity_accounts",
      org,
      "channels.set_account_paused",
      sender.accountId,
      false,
    );
    const { attempts } = await sender.claim();
    expect(attempts).toHaveLength(1);
    expect(
      await world.call(
        "rarity_orchestrator",
        org,
        "messaging.cancel_message",
        attempts[0].messageId,
      ),
    ).toMatchObject({ ok: false, code: "CONFLICT", status: "dispatching" });
  });
});

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
      await dueNow(id);
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
    await dueNow(id);
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
      expect((await sender.claim()).attempts).toEqual([]);
      const [row] = await world.admin<{ ms: number }>(
        `select extract(epoch from due_at - now())::float * 1000 as ms
           from messaging.send_queue where message_id = $1`,
        [id],
      );
      delays.push(row!.ms);
      await dueNow(id);
      attempt = (await sender.claim()).attempts[0];
      expect(attempt).toMatchObject({ messageId: id, attemptNo: n + 1 });
    }
    delays.forEach((ms, n) => {
      const fullMs = Math.min(30_000, 500 * 2 ** n);
      expect(ms).toBeLessThanOrEqual(fullMs);
      // Half jitter, less what the test itself took.
      expect(ms).toBeGreaterThan(fullMs / 2 - 200);
    });
    const kept = await world.admin("select 1 from messaging.attempt where message_id = $1", [id]);
    expect(kept.length).toBeLessThanOrEqual(7);
    for (let n = 0; n < 5; n += 1) {
      await sender.settle([refused(attempt, "transient")]);
      await dueNow(id);
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
      await dueNow(sent.id);
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

describe("receipts (K8)", () => {
  test("move forward only, whatever their order", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    await sender.settle([acked(attempt)]);
    const at = new Date().toISOString();
    const receipt = (status: string) => ({ providerMessageId: attempt.providerToken, status, at });
    await sender.receipts([receipt("read"), receipt("delivered")]);
    expect(await sender.message(id)).toMatchObject({ status: "read" });
    await sender.receipts([
      receipt("delivered"),
      receipt("server_acked"),
      receipt("failed"),
      receipt("read"),
    ]);
    expect(await sender.message(id)).toMatchObject({ status: "read" });
    expect(await sender.history(id)).toEqual([
      "accepted",
      "queued",
      "dispatching",
      "server_acked",
      "delivered",
      "read",
    ]);
  });

  test("prove that an open attempt arrived, and a late ack does not pull it back", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    await sender.receipts([
      {
        providerMessageId: attempt.providerToken,
        status: "delivered",
        at: new Date().toISOString(),
      },
    ]);
    expect(await sender.message(id)).toMatchObject({ status: "delivered" });
    expect(await sender.open()).toEqual([]);
    await sender.settle([acked(attempt)]);
    expect(await sender.message(id)).toMatchObject({ status: "delivered" });
  });

  test("of an unknown id are kept and matched when the id is learned", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    expect(
      await sender.receipts([
        { providerMessageId: "LATE-ID", status: "delivered", at: new Date().toISOString() },
      ]),
    ).toMatchObject({ matched: 0 });
    await sender.settle([acked(attempt, "LATE-ID")]);
    expect(await sender.message(id)).toMatchObject({ status: "delivered" });
  });
});

describe("inbound", () => {
  const hello = (change = {}) => ({
    chat: { kind: "phone", value: "+4915100000051" },
    sender: { kind: "phone", value: "+4915100000051" },
    providerMessageId: "IN-1",
    at: new Date().toISOString(),
    content: { type: "text", text: "hi" },
    backfilled: false,
    fromMe: false,
    ...change,
  });

  test("is stored once whatever the redelivery, also when the chat changes its address", async () => {
    const sender = await openSender(world, org);
    const [first, twin] = await sender.inbound([hello(), hello()]);
    expect([first.new, twin.new]).toEqual([true, false]);
    const lid = { kind: "lid", value: "111222333", alt: "+4915100000051" };
    const [again] = await sender.inbound([
      hello({ chat: lid, sender: { kind: "lid", value: "111222333" } }),
    ]);
    expect(again).toMatchObject({
      new: false,
      messageId: first.messageId,
      conversationId: first.conversationId,
    });
    const [second] = await sender.inbound([
      hello({ chat: { kind: "lid", value: "111222333" }, providerMessageId: "IN-2" }),
    ]);
    expect(second).toMatchObject({ new: true, conversationId: first.conversationId, seq: 2 });
  });

  test("two conversations of one person become one when the link is learned", async () => {
    const sender = await openSender(world, org);
    const [phone] = await sender.accept([toPerson("+4915100000061")]);
    const [lid] = await sender.inbound([
      hello({ chat: { kind: "lid", value: "999888777" }, sender: null }),
    ]);
    expect(lid.conversationId).not.toBe(phone.conversationId);
    const [merged] = await sender.inbound([
      hello({
        chat: { kind: "lid", value: "999888777", alt: "+4915100000061" },
        sender: null,
        providerMessageId: "IN-9",
      }),
    ]);
    expect(merged).toMatchObject({ new: true, conversationId: phone.conversationId, seq: 3 });
    const rows = await world.admin(
      "select distinct conversation_id from messaging.message where id = any($1)",
      [[phone.id, lid.messageId, merged.messageId]],
    );
    expect(rows).toEqual([{ conversation_id: phone.conversationId }]);
  });

  test("media, reactions and quotes find what they point at; an echo of our own send is evidence", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    const chat = { kind: "phone", value: "+4915100000001" };
    const [echo] = await sender.inbound([
      hello({ chat, fromMe: true, providerMessageId: attempt.providerToken }),
    ]);
    expect(echo).toMatchObject({ new: false, messageId: id });
    expect(await sender.message(id)).toMatchObject({ status: "server_acked" });
    const [quote, reaction, media] = await sender.inbound([
      hello({
        chat,
        content: { type: "text", text: "re", quotedProviderMessageId: attempt.providerToken },
      }),
      hello({
        chat,
        providerMessageId: "IN-2",
        content: { type: "reaction", emoji: "x", targetProviderMessageId: attempt.providerToken },
      }),
      hello({
        chat,
        providerMessageId: "IN-3",
        content: {
          type: "media",
          media: {
            kind: "image",
            contentType: "image/png",
            sizeBytes: 3,
            sha256: "s",
            storageKey: "k",
          },
        },
      }),
    ]);
    expect(await sender.message(quote.messageId)).toMatchObject({
      reply_to: id,
      content: { type: "text", text: "re" },
    });
    expect(await sender.message(reaction.messageId)).toMatchObject({
      content: { targetMessageId: id },
    });
    expect(await sender.message(media.messageId)).toMatchObject({
      content: { type: "image", mediaId: expect.any(String) as string, sizeBytes: 3 },
    });
    const read = await world.call(
      "rarity_orchestrator",
      org,
      "messaging.mark_conversation_read",
      quote.conversationId,
    );
    expect(read).toMatchObject({
      ok: true,
      unreadCount: 0,
      providerMessageIds: ["IN-1", "IN-2", "IN-3"],
    });
  });
});

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

describe("lease (K2)", () => {
  const acquire = (account: string, holder: string, proof = false) =>
    world.call("rarity_whatsapp", org, "channels.acquire_lease", account, holder, 30_000, proof);

  test("has one holder; the token grows with each taking; proof of death or expiry frees it", async () => {
    const account = await world.makeAccount(org);
    expect(await acquire(account, "a")).toMatchObject({ ok: true, token: 1 });
    expect(await acquire(account, "b")).toMatchObject({
      ok: false,
      code: "LEASE_HELD",
      holder: "a",
    });
    expect(await acquire(account, "b", true)).toMatchObject({
      ok: true,
      token: 2,
      takeover: "proved",
    });
    expect(
      await world.call("rarity_whatsapp", org, "channels.renew_lease", account, "a", 1, 30_000),
    ).toMatchObject({ ok: false });
    expect(
      await world.call("rarity_whatsapp", org, "channels.renew_lease", account, "b", 2, 30_000),
    ).toMatchObject({ ok: true });
    await world.call("rarity_whatsapp", org, "channels.release_lease", account, "b", 2);
    expect(await acquire(account, "c")).toMatchObject({ ok: true, token: 3, takeover: "expired" });
  });

  test("of many at once exactly one gets it", async () => {
    const account = await world.makeAccount(org);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => acquire(account, `h${n}`)),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  });

  test("the state is set by the holder only, and told once", async () => {
    const account = await world.makeAccount(org);
    const { token } = await acquire(account, "a");
    const set = (t: number) =>
      world.call(
        "rarity_whatsapp",
        org,
        "channels.set_account_state",
        account,
        "reconnecting",
        "NETWORK",
        null,
        t,
      );
    expect(await set(token + 1)).toEqual({ ok: false, code: "LEASE_LOST" });
    expect(await set(token)).toEqual({ ok: true, changed: true });
    expect(await set(token)).toEqual({ ok: true, changed: false });
  });
});
