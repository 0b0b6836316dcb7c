import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decisionInput,
  fixedNow,
  scaledAccount,
  secondsAgo,
  unreadable,
  workOf,
} from "../testing/scaling-fixtures.ts";
import { fallbackAfterMs } from "./decide-blind.ts";
import { decideDirect } from "./decide-direct.ts";
import type { DecisionInput } from "./scaling-types.ts";

const decide = (parts: Partial<DecisionInput>) => decideDirect(decisionInput(parts));
const hibernating = (idleSeconds: number) =>
  scaledAccount(
    { minReplicas: 0, maxReplicas: 5, hibernateAfterSeconds: 60 },
    { idleSince: secondsAgo(idleSeconds).toISOString() },
  );

describe("decideDirect", () => {
  it.each([
    [0, 1],
    [100, 1],
    [109, 1],
    [111, 2],
    [450, 5],
    [9_999, 5],
  ])("%i messages due make it %i pods of at most 5", (ready, replicas) => {
    expect(decide({ work: workOf({ ready }) })).toMatchObject({ replicas, write: replicas });
  });

  it("says why it runs as many pods as it does, without figures that change all the time", () => {
    const { finding } = decide({ work: workOf({ ready: 250, waiting: 7 }) });
    expect(finding).toEqual({
      type: "Scaling",
      status: "True",
      reason: "QueueDepth",
      message: "3 pods: 100-999 due now, 1-9 later (1 to 5 allowed, one for every 100 due)",
    });
  });

  it("says what replicas mean for a session", () => {
    const { finding } = decide({ work: workOf({ ready: 250 }), replicasMean: "session" });
    expect(finding.message).toMatch(/^3 pods \(1 holds the session, 2 stand by\): /);
  });

  it("takes pods away only after a lull of a minute", () => {
    const first = decide({ currentReplicas: 4 });
    expect(first).toMatchObject({ replicas: 4, scaleDownSince: fixedNow, requeueAfterMs: 60_000 });
    const lull = (seconds: number) => ({
      account: scaledAccount(
        { maxReplicas: 5 },
        { scaleDownSince: secondsAgo(seconds).toISOString() },
      ),
      currentReplicas: 4,
    });
    expect(decide(lull(59)).replicas).toBe(4);
    expect(decide(lull(60))).toMatchObject({ replicas: 1, scaleDownSince: undefined });
  });

  it("hibernates after its idle time, and not before", () => {
    expect(decide({ account: hibernating(59) })).toMatchObject({
      replicas: 1,
      requeueAfterMs: 1_000,
    });
    const asleep = decide({ account: hibernating(60) });
    expect(asleep).toMatchObject({ replicas: 0, finding: { reason: "Hibernated" } });
  });

  it.each([
    ["a message that is due", workOf({ ready: 1 })],
    ["a pairing request", workOf({}, { isPairing: true })],
    ["a logout", workOf({}, { isLeaving: true })],
    ["recent activity", workOf({}, { lastActivityAt: secondsAgo(5) })],
    [
      "a message due in 20 seconds",
      workOf({ waiting: 1, nextDueAt: new Date(fixedNow.getTime() + 20_000) }),
    ],
  ])("is woken by %s", (_name, work) => {
    const woken = decide({ account: hibernating(3_600), currentReplicas: 0, work });
    expect(woken).toMatchObject({ replicas: 1, finding: { reason: "Woken" } });
  });

  it("is woken in time for a message that is due later", () => {
    const nextDueAt = new Date(fixedNow.getTime() + 30_000);
    const work = workOf({ waiting: 1, nextDueAt });
    const asleep = decide({ account: hibernating(3_600), currentReplicas: 0, work });
    expect(asleep).toMatchObject({ replicas: 0, requeueAfterMs: 10_000 });
  });

  it("keeps its pods while the queue cannot be read, and falls back when that lasts", () => {
    const account = hibernating(3_600);
    const short = decide({ account, currentReplicas: 0, fallbackReplicas: 2, work: unreadable(5) });
    expect(short).toMatchObject({ replicas: 0, requeueAfterMs: fallbackAfterMs - 5_000 });
    expect(short.finding).toMatchObject({ status: "Unknown", reason: "QueueDepthUnknown" });
    const long = decide({ account, currentReplicas: 0, fallbackReplicas: 2, work: unreadable(60) });
    expect(long).toMatchObject({ replicas: 2, finding: { reason: "Fallback" } });
    expect(decide({ account, currentReplicas: 4, work: unreadable(600) }).replicas).toBe(4);
  });
});

describe("decideDirect, whatever comes", () => {
  const count = fc.nat({ max: 20 });
  const input = fc
    .record({
      minReplicas: count,
      spread: count,
      target: fc.integer({ min: 1, max: 1_000 }),
      ready: fc.nat({ max: 50_000 }),
      current: fc.option(count, { nil: undefined }),
      idleSeconds: fc.nat({ max: 2_000 }),
      lullSeconds: fc.nat({ max: 120 }),
    })
    .map((made) => ({
      made,
      input: decisionInput({
        account: scaledAccount(
          {
            minReplicas: made.minReplicas,
            maxReplicas: Math.max(made.minReplicas + made.spread, 1),
            targetQueueDepth: made.target,
          },
          {
            idleSince: secondsAgo(made.idleSeconds).toISOString(),
            scaleDownSince: secondsAgo(made.lullSeconds).toISOString(),
          },
        ),
        currentReplicas: made.current,
        work: workOf({ ready: made.ready }),
      }),
    }));

  it("stays within the bounds, and at 0 only with nothing due", () => {
    fc.assert(
      fc.property(input, ({ made, input: given }) => {
        const { replicas } = decideDirect(given);
        expect(replicas).toBeGreaterThanOrEqual(made.minReplicas);
        expect(replicas).toBeLessThanOrEqual(given.account.spec.maxReplicas);
        if (made.ready > 0) expect(replicas).toBeGreaterThan(0);
      }),
    );
  });

  it("never has fewer pods for more messages", () => {
    fc.assert(
      fc.property(input, fc.nat({ max: 5_000 }), ({ made, input: given }, more) => {
        const deeper = { ...given, work: workOf({ ready: made.ready + more }) };
        expect(decideDirect(deeper).replicas).toBeGreaterThanOrEqual(decideDirect(given).replicas);
      }),
    );
  });

  it("never stops a pod while the queue cannot be read", () => {
    fc.assert(
      fc.property(input, fc.nat({ max: 600 }), ({ input: given }, seconds) => {
        const { replicas } = decideDirect({ ...given, work: unreadable(seconds) });
        expect(replicas).toBeGreaterThanOrEqual(given.currentReplicas ?? 0);
      }),
    );
  });

  it("comes to rest: the same queue does not move it twice", () => {
    fc.assert(
      fc.property(input, ({ input: given }) => {
        const rested = scaledAccount(given.account.spec, given.account.status);
        const first = decideDirect({ ...given, currentReplicas: 1 });
        const second = decideDirect({
          ...given,
          account: rested,
          currentReplicas: first.replicas,
        });
        const third = decideDirect({
          ...given,
          account: rested,
          currentReplicas: second.replicas,
        });
        expect(third.replicas).toBe(second.replicas);
      }),
    );
  });
});
