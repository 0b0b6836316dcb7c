import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openSender,
  toPerson,
  openProtocolWorld,
  type ProtocolWorld,
} from "../support/protocol-world.ts";
import { acked } from "./outcomes.ts";

let world: ProtocolWorld;
let org: string;
beforeAll(async () => {
  world = await openProtocolWorld();
  org = await world.makeOrg();
});
afterAll(() => world.close());

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

  test("with nothing left no time is named at which to ask again", async () => {
    const sender = await openSender(world, org);
    const none = { ok: true, attempts: [], waiting: null, nextDueAt: null, nextDueInMs: null };
    expect(await sender.claim()).toEqual(none);
    await sender.accept([{}]);
    expect(await sender.claim()).toMatchObject({ nextDueAt: null, nextDueInMs: null });
    expect(await sender.claim()).toEqual(none);
  });

  test("a message whose call is open is dispatching for whoever asks, though nothing wrote that", async () => {
    const sender = await openSender(world, org);
    const [{ id }] = await sender.accept([{}]);
    const [attempt] = (await sender.claim()).attempts;
    const steps = ["accepted", "queued", "dispatching"];
    expect(await sender.message(id)).toMatchObject({ status: "dispatching", attempt_count: 0 });
    expect(await sender.history(id)).toEqual(steps);
    await sender.settle([acked(attempt)]);
    expect(await sender.message(id)).toMatchObject({ status: "server_acked", attempt_count: 1 });
    expect(await sender.history(id)).toEqual([...steps, "server_acked"]);
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
