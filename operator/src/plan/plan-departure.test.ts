import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountFinalizer } from "../api/names.ts";
import { testAccount } from "../testing/fixtures.ts";
import { departureStatus, finalizerChange, planDeparture, type Asked } from "./plan-departure.ts";

const deadlineMs = 120_000;
const deletedAt = "2026-11-25T08:00:00.000Z";
const leaving = testAccount(
  { deletionPolicy: "Delete" },
  {
    metadata: {
      name: "sales",
      namespace: "default",
      deletionTimestamp: deletedAt,
      finalizers: [accountFinalizer],
    },
  },
);
const after = (ms: number, asked: Asked) =>
  planDeparture({ account: leaving, asked, deadlineMs, now: new Date(Date.parse(deletedAt) + ms) });

describe("the finalizer", () => {
  it.each([
    ["Delete", "Apply", false, "add"],
    ["Delete", "Apply", true, undefined],
    ["Retain", "Apply", true, "remove"],
    ["Retain", "Apply", false, undefined],
    // An object that must not be acted on must not be held either.
    ["Delete", "DryRun", true, "remove"],
    ["Delete", "Observe", false, undefined],
  ] as const)(
    "policy %s and %s, present %s: %s",
    (deletionPolicy, reconcilePolicy, has, change) => {
      const account = testAccount({ deletionPolicy, reconcilePolicy });
      if (has) account.metadata.finalizers = [accountFinalizer];
      expect(finalizerChange(account)).toBe(change);
    },
  );
});

describe("a departure", () => {
  it("ends as soon as nothing is linked", () => {
    expect(after(0, { ok: true, done: true })).toEqual({ do: "release" });
    expect(after(10 * deadlineMs, { ok: true, done: true })).toEqual({ do: "release" });
  });

  it("keeps a process while the wish is stored, and none while the services are away", () => {
    expect(after(1000, { ok: true, done: false })).toMatchObject({ do: "wait", keepProcess: true });
    const away = after(1000, { ok: false, message: "cannot be reached" });
    expect(away).toMatchObject({ do: "wait", keepProcess: false });
    expect(away).toHaveProperty("message", expect.stringContaining("cannot be reached"));
  });

  it("erases after the deadline, and lets go a minute later whatever happens", () => {
    const pending: Asked = { ok: true, done: false };
    expect(after(deadlineMs, pending)).toMatchObject({ do: "erase", isLast: false });
    expect(after(deadlineMs + 60_000, pending)).toMatchObject({ do: "erase", isLast: true });
  });

  it("always looks again within a second, or ends: nothing wedges a deletion", () => {
    const asked = fc.oneof(
      fc.record({ ok: fc.constant(true as const), done: fc.boolean() }),
      fc.record({ ok: fc.constant(false as const), message: fc.string() }),
    );
    fc.assert(
      fc.property(fc.nat(10 * deadlineMs), asked, (ms, answer) => {
        const departure = after(ms, answer);
        if (departure.do !== "release") expect(departure.requeueAfterMs).toBeLessThanOrEqual(1000);
        if (ms >= deadlineMs + 60_000 && departure.do !== "release") {
          expect(departure).toMatchObject({ do: "erase", isLast: true });
        }
      }),
    );
  });

  it("says in the status why the object is still there", () => {
    const status = departureStatus(leaving, "the device is not unlinked yet", new Date());
    expect(status.conditions).toMatchObject([
      { type: "Ready", status: "False", reason: "LoggingOut" },
    ]);
  });
});
