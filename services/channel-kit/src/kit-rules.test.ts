import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";
import { gateIsOpen } from "./drain/gate.ts";
import { judgeOutcome } from "./drain/judge-outcome.ts";
import { claimBudget, idlePacing, releaseSlot, reserveSlot, spendSlot } from "./drain/pacing.ts";
import type { OpenAttempt } from "./driver.ts";
import { createAttemptLedger } from "./recovery/attempt-ledger.ts";
import { decideRecovery } from "./recovery/decide-recovery.ts";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const timing = { writeWindowMs: 5000, ackTimeoutMs: 20_000, settleMs: 60_000 };

test("backoff is never zero and never above its maximum", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000 }), unit, (failures, random) => {
      const ms = backoffMs(failures, { baseMs: 200, maxMs: 5000 }, random);
      expect(ms).toBeGreaterThanOrEqual(100);
      expect(ms).toBeLessThanOrEqual(5000);
    }),
  );
});

test("a paced account never writes twice within its smallest gap, and a reservation blocks", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), unit, fc.nat(20_000), (min, extra, random, at) => {
      const policy = { minGapMs: min + 1, maxGapMs: min + 1 + extra, typing: null };
      expect(claimBudget(policy, reserveSlot(idlePacing), at, 9)).toBe(0);
      expect(claimBudget(policy, releaseSlot(reserveSlot(idlePacing)), at, 9)).toBe(1);
      const spent = spendSlot(policy, at, random);
      expect(claimBudget(policy, spent, at + min, 9)).toBe(0);
      expect(claimBudget(policy, spent, at + policy.maxGapMs + 1, 9)).toBe(1);
    }),
  );
});

test("the gate opens only when the lease outlives the write and the margin", () => {
  expect(gateIsOpen(5999, 5000, 1000)).toBe(false);
  expect(gateIsOpen(6000, 5000, 1000)).toBe(true);
});

const open = (over: Partial<OpenAttempt>): OpenAttempt => ({
  messageId: "m",
  attemptNo: 1,
  conversationId: "c",
  providerToken: "t",
  recipient: { kind: "phone", value: "+10000000000" },
  content: { type: "text", text: "x" },
  lane: "opener",
  stranger: false,
  startedAt: "2026-01-01T00:00:00Z",
  ageMs: 0,
  triesLeft: 4,
  holderDead: false,
  ...over,
});

test("a class without deduplication never resends, and needs proof of death for absent", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("echo" as const, "blind" as const),
      fc.constantFrom("absent" as const, "unknown" as const),
      fc.nat(3_600_000),
      fc.boolean(),
      (kind, found, ageMs, holderDead) => {
        const decision = decideRecovery({
          class: kind,
          timing,
          attempt: open({ ageMs, holderDead }),
          finding: { messageId: "m", attemptNo: 1, found, evidence: {} },
        });
        expect(decision.action).not.toBe("resend");
        if (decision.action === "settle_absent") {
          expect(holderDead && found === "absent" && ageMs >= timing.settleMs).toBe(true);
        }
      },
    ),
  );
});

test("dedup resends inside its window and while tries are left; evidence always wins", () => {
  const unknown = { messageId: "m", attemptNo: 1, found: "unknown" as const, evidence: {} };
  const decide = (over: Partial<OpenAttempt>): string =>
    decideRecovery({ class: "dedup", timing, attempt: open(over), finding: unknown }).action;
  expect(decide({})).toBe("resend");
  expect(decide({ attemptNo: 9 })).toBe("resend");
  expect(decide({ triesLeft: 0 })).toBe("settle_unresolved");
  expect(decide({ ageMs: 25 * 3_600_000 })).toBe("settle_unresolved");
  const found = { ...unknown, found: "accepted" as const, providerMessageId: "p" };
  const input = { class: "blind" as const, timing, attempt: open({}), finding: found };
  expect(decideRecovery(input).action).toBe("settle_acked");
});

test("a refused or unwritten resend never closes the message as not sent", () => {
  const context = { resend: true, at: "2026-01-01T00:00:00Z" };
  const ref = { messageId: "m", attemptNo: 2 };
  const error = { class: "recipient" as const, code: "X", message: "no" };
  expect(judgeOutcome(ref, { outcome: "refused", error, evidence: {} }, context)).toMatchObject({
    result: { outcome: "unresolved" },
  });
  const absent = { outcome: "absent" as const, reason: "gate_closed", evidence: {} };
  expect(judgeOutcome(ref, absent, context)).toMatchObject({
    reopens: true,
    result: { outcome: "absent", blame: "process" },
  });
});

const anyOutcome = fc.oneof(
  fc.record({
    outcome: fc.constant("acked" as const),
    providerMessageId: fc.string(),
    at: fc.constant("2026-01-01T00:00:00Z"),
    evidence: fc.constant({}),
  }),
  fc.record({
    outcome: fc.constant("refused" as const),
    error: fc.record({
      class: fc.constantFrom(
        ...(["transient", "account", "recipient", "content", "unknown"] as const),
      ),
      code: fc.string(),
      message: fc.string(),
    }),
    evidence: fc.constant({}),
  }),
  fc.record({
    outcome: fc.constantFrom("absent" as const, "unresolved" as const),
    reason: fc.constantFrom("not_connected", "gate_closed", "driver_threw", "no_ack_in_time"),
    evidence: fc.constant({}),
  }),
);

test("an unknown outcome stays open, and a resend never proves what became of the first copy", () => {
  fc.assert(
    fc.property(anyOutcome, fc.boolean(), (outcome, resend) => {
      const context = { resend, at: "2026-01-01T00:00:00Z" };
      const judgement = judgeOutcome({ messageId: "m", attemptNo: 2 }, outcome, context);
      expect(judgement.action === "leave_open").toBe(outcome.outcome === "unresolved");
      if (judgement.action !== "settle") return;
      expect(judgement.reopens).toBe(resend && outcome.outcome === "absent");
      const { result } = judgement;
      if (resend && result.outcome === "refused") {
        expect(["transient", "account"]).toContain(result.error.class);
      }
      if (result.outcome === "acked") expect(outcome.outcome).toBe("acked");
    }),
  );
});

test("dedup sends again only while something may still be unknown, and never for ever", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("absent" as const, "unknown" as const),
      fc.nat(3 * 24 * 3_600_000),
      fc.integer({ min: -2, max: 6 }),
      fc.boolean(),
      (found, ageMs, triesLeft, holderDead) => {
        const decision = decideRecovery({
          class: "dedup",
          timing,
          attempt: open({ ageMs, triesLeft, holderDead }),
          finding: { messageId: "m", attemptNo: 1, found, evidence: {} },
        });
        if (decision.action === "resend") {
          expect(triesLeft > 0 && ageMs <= 24 * 3_600_000).toBe(true);
        } else expect(decision.action).toMatch(/^settle_/);
      },
    ),
  );
});

test("an own attempt of an earlier lease is dead, a stranger's is not, and a lost resend is open", () => {
  const clock = { monotonicMs: () => 0 };
  const ledger = createAttemptLedger({ holder: "pod/a", token: 7, clock });
  ledger.setBaseline([]);
  const row = (over: object) => ({ ...open({}), token: 7, holder: "pod/a", ...over });
  expect(ledger.standingOf(row({}))).toBe("never_sent");
  expect(ledger.standingOf(row({ token: 6 }))).toBe("writer_dead");
  expect(ledger.standingOf(row({ token: 6, holder: "pod/b" }))).toBe("writer_dead");
  expect(ledger.standingOf(row({ token: 6, holder: "other/b" }))).toBe("writer_unknown");
  ledger.resending("m");
  expect(ledger.standingOf(row({ attemptNo: 4 }))).toBe("writer_dead");
});
