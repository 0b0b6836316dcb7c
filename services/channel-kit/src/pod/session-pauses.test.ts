import fc from "fast-check";
import { expect, test } from "vitest";
import type { SessionEnd } from "./session-deps.ts";
import { createSessionPauses, longestPauseMs } from "./session-pauses.ts";

const tuning = { replacedPauseMs: 60_000, backoff: { baseMs: 200, maxMs: 5_000 } };
const pauses = () => createSessionPauses(tuning, () => 1);

test("a fight over the account slows down, even when each side was connected in between", () => {
  const { after } = pauses();
  const past = { end: "replaced" as const, livedMs: 30_000, wasOpen: true };
  expect([after(past), after(past), after(past)]).toEqual([60_000, 120_000, 240_000]);
  expect(after({ ...past, livedMs: longestPauseMs + 1 })).toBe(60_000);
});

test("a broken session is followed by a longer pause until one was connected", () => {
  const { after } = pauses();
  const broken = { end: "fenced" as const, livedMs: 100, wasOpen: false };
  expect([after(broken), after(broken), after(broken)]).toEqual([200, 400, 800]);
  expect(after({ ...broken, wasOpen: true })).toBe(200);
});

test("our own troubles do not lengthen the pause of a fight, nor a fight theirs", () => {
  const { after } = pauses();
  const open = { livedMs: 1000, wasOpen: true };
  after({ ...open, end: "replaced" });
  expect(after({ ...open, end: "lease_lost" })).toBe(200);
  expect(after({ ...open, end: "replaced" })).toBe(120_000);
});

test("no pause is longer than the longest, and only a shutdown has none", () => {
  const ends: SessionEnd[] = ["lease_lost", "replaced", "fenced", "failed", "connect_failed"];
  const past = fc.record({
    end: fc.constantFrom(...ends),
    livedMs: fc.nat(2 * longestPauseMs),
    wasOpen: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(past, { minLength: 1, maxLength: 40 }), (all) => {
      const { after } = pauses();
      for (const one of all) {
        const ms = after(one);
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThanOrEqual(longestPauseMs);
      }
      expect(after({ end: "shutdown", livedMs: 1, wasOpen: true })).toBe(0);
    }),
  );
});
