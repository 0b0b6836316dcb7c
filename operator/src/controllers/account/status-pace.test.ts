import { expect, it } from "vitest";
import type { Account, AccountStatus } from "../../api/account-kinds.ts";
import { testAccount } from "../../testing/fixtures.ts";
import { createStatusPace } from "./status-pace.ts";

const at = "2026-01-01T00:00:00.000Z";
const statusOf = (statuses: Record<string, "True" | "False">): AccountStatus => ({
  conditions: Object.entries(statuses).map(([type, status]) => ({
    ...{ type, status, reason: "Test", message: "", lastTransitionTime: at },
  })),
});

const open = () => {
  const clock = { ms: 0 };
  return { clock, pace: createStatusPace(() => clock.ms) };
};
const account = (status?: AccountStatus): Account =>
  testAccount({}, status === undefined ? {} : { status });

it("of a start that is over in seconds only the outcome is told, of one that lasts also that", () => {
  const { clock, pace } = open();
  const status = statusOf({ Ready: "False", Degraded: "False" });
  expect(pace.waitMs(account(), { start: "starting", status })).toBe(5_000);
  clock.ms = 2_000;
  expect(pace.waitMs(account(), { start: "starting", status })).toBe(3_000);
  expect(pace.waitMs(account(), { start: "settled", status })).toBe(0);
  // The next start has its own time.
  expect(pace.waitMs(account(), { start: "starting", status })).toBe(5_000);
  clock.ms = 7_000;
  expect(pace.waitMs(account(), { start: "starting", status })).toBe(0);
});

it("of many that start together only outcomes are told for a while, the fewer the sooner", () => {
  const { clock, pace } = open();
  const status = statusOf({ Ready: "False" });
  const many = Array.from({ length: 101 }, (_, n) =>
    testAccount({}, { metadata: { namespace: "default", name: `account-${n}` } }),
  );
  const waits = many.map((one) => pace.waitMs(one, { start: "waiting", status }));
  expect([waits[0], waits[100]]).toEqual([5_000, 11_000]);
  for (const one of many.slice(51)) pace.waitMs(one, { start: "settled", status });
  clock.ms = 6_500;
  expect(pace.waitMs(account(), { start: "starting", status })).toBe(8_060);
  expect(many.slice(0, 51).map((one) => pace.waitMs(one, { start: "waiting", status }))).toContain(
    1_560,
  );
});

it("a turn that comes is the beginning of something else than waiting for it", () => {
  const { clock, pace } = open();
  const status = statusOf({ Ready: "False" });
  pace.waitMs(account(), { start: "waiting", status });
  clock.ms = 6_000;
  expect(pace.waitMs(account(), { start: "waiting", status })).toBe(0);
  expect(pace.waitMs(account(), { start: "starting", status })).toBe(5_000);
});

it("what a person may have to act on, or asked for, is told at once", () => {
  const { pace } = open();
  const degraded = statusOf({ Ready: "False", Degraded: "True" });
  expect(pace.waitMs(account(), { start: "starting", status: degraded })).toBe(0);
  const told = account(statusOf({ Ready: "True", Paused: "False", Degraded: "False" }));
  const paused = statusOf({ Ready: "True", Paused: "True", Degraded: "False" });
  expect(pace.waitMs(told, { start: "starting", status: paused })).toBe(0);
  const followed = statusOf({ Ready: "False", Paused: "False", Degraded: "False" });
  expect(pace.waitMs(told, { start: "starting", status: followed })).toBe(5_000);
});
