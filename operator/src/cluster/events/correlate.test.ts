import { describe, expect, it } from "vitest";
import { testAccount } from "../../testing/fixtures.ts";
import type { ClusterEvent } from "../port.ts";
import { createCorrelator, type CorrelatedEvent } from "./correlate.ts";

const event = (message = "paired", parts: Partial<ClusterEvent> = {}): ClusterEvent => ({
  ...{ type: "Normal", reason: "Paired", action: "Reconcile", message },
  ...parts,
});
const account = (uid = "uid-1") =>
  testAccount({}, { metadata: { ...testAccount().metadata, uid } });

const open = () => {
  const clock = { ms: 0 };
  const correlate = createCorrelator(() => clock.ms);
  const many = (count: number, make: (index: number) => ClusterEvent, uid?: string) =>
    Array.from({ length: count }, (_, index) => correlate(account(uid), make(index)));
  return { clock, correlate, many };
};
const isKept = (result: CorrelatedEvent | undefined): result is CorrelatedEvent =>
  result !== undefined;

describe("correlating events", () => {
  it("counts the same event instead of repeating it", () => {
    const results = open().many(3, () => event());
    expect(results.map((each) => each?.count)).toEqual([1, 2, 3]);
    expect(new Set(results.map((each) => each?.key)).size).toBe(1);
  });

  it("keeps apart what differs in object, type, reason, action or message", () => {
    const { correlate } = open();
    const keys = [
      correlate(account(), event()),
      correlate(account("uid-2"), event()),
      correlate(account(), event("paired", { type: "Warning" })),
      correlate(account(), event("paired", { reason: "Other" })),
      correlate(account(), event("paired", { action: "Other" })),
      correlate(account(), event("other")),
    ].map((each) => each?.key);
    expect(new Set(keys).size).toBe(6);
  });

  it("makes one of many that differ only in their message, after the tenth", () => {
    const results = open().many(15, (index) => event(`attempt ${index}`));
    const combined = results.slice(10);
    expect(results.slice(0, 10).map((each) => each?.message)).not.toContain("combined");
    expect(combined.map((each) => each?.count)).toEqual([1, 2, 3, 4, 5]);
    expect(combined.at(-1)?.message).toBe("(combined from similar events): attempt 14");
  });

  it("cuts an object off after 25, gives one back every five minutes, and spares the others", () => {
    const { clock, correlate, many } = open();
    expect(many(100, () => event()).filter(isKept)).toHaveLength(25);
    expect(correlate(account("uid-2"), event())).toBeDefined();
    clock.ms += 300_000;
    expect(many(10, () => event()).filter(isKept)).toHaveLength(1);
    clock.ms += 3_000_000;
    expect(many(100, () => event()).filter(isKept)).toHaveLength(10);
  });

  it("starts a new series when the last one is older than ten minutes", () => {
    const { clock, correlate } = open();
    correlate(account(), event());
    clock.ms += 600_001;
    expect(correlate(account(), event())).toMatchObject({ count: 1, firstMs: 600_001 });
  });

  it("remembers a bounded number of objects", () => {
    const { correlate } = open();
    correlate(account("first"), event());
    for (let index = 0; index < 5000; index += 1) correlate(account(`uid-${index}`), event());
    expect(correlate(account("first"), event())?.count).toBe(1);
  });
});
