import fc from "fast-check";
import { expect, test } from "vitest";
import type { AttemptRow } from "../judge/evidence.ts";
import type { Injected } from "../lanes/injected.ts";
import { quantile, servingAgain } from "./serving-again.ts";
import { reasonsToFail, summarize, timedFrom, type SummaryInput } from "./summarize.ts";

const fault = (over: Partial<Injected>): Injected => ({
  ...{ lane: "pod", what: "K5", reached: true, at: 1000, chained: false, takeover: false },
  hits: { accounts: ["a"] },
  ...over,
});
const attempt = (startedAt: number, accountId = "a"): AttemptRow => ({
  ...{ messageId: "m", accountId, no: 1, state: "A", token: "t", fencing: 1, visits: 0 },
  ...{ startedAt, settledAt: startedAt + 100 },
});

test("an account serves again with the first message claimed after the fault", () => {
  const attempts = [attempt(900), attempt(4000), attempt(3000)];
  expect(servingAgain([fault({})], attempts, []).map(({ ms }) => ms)).toEqual([2100]);
});

test("an account that never serves again is not left out", () => {
  expect(servingAgain([fault({})], [attempt(900)], [])[0]?.ms).toBe(Number.POSITIVE_INFINITY);
});

test("a fault that hits all lasts as long as the slowest; one that hits nobody is not measured", () => {
  const both = fault({ hits: { accounts: ["a", "b"] } });
  const attempts = [attempt(2000), attempt(6000, "b")];
  expect(servingAgain([both], attempts, []).map(({ ms }) => ms)).toEqual([5100]);
  expect(servingAgain([fault({ hits: { accounts: [] } })], attempts, [])).toEqual([]);
});

test("a crash during recovery starts the clock anew, a crash that did not come does not", () => {
  const first = fault({ chained: true });
  const attempts = [attempt(9000)];
  const second = fault({ what: "K9a", at: 3000 });
  expect(servingAgain([first, second], attempts, []).map(({ ms }) => ms)).toEqual([6100]);
  const late = fault({ what: "K9a", at: 3000, reached: false });
  expect(servingAgain([first, late], attempts, []).map(({ ms }) => ms)).toEqual([8100, 6100]);
});

test("the API serves again with its first 202", () => {
  const accepts = [
    { api: 0, at: 1100 },
    { api: 1, at: 1700 },
  ];
  const [served] = servingAgain([fault({ hits: { accounts: [], api: 1 } })], [], accepts);
  expect(served?.ms).toBe(700);
});

test("a quantile is one of the values, and no smaller share is larger", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(), { minLength: 1 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, share) => {
        const value = quantile(values, share);
        expect(values).toContain(value);
        expect(value).toBeLessThanOrEqual(quantile(values, 1));
        expect(values.filter((one) => one <= value).length).toBeGreaterThanOrEqual(
          Math.floor(values.length * share),
        );
      },
    ),
  );
});

const passed: SummaryInput = {
  seed: 1,
  faults: Array.from({ length: timedFrom }, () => fault({})),
  served: [{ fault: fault({}), ms: 2000 }],
  verdict: { lost: 0, doubled: 0, undecryptable: 0, uncertain: 0, violations: [] },
  naive: { injected: 4, doubled: 3 },
  messages: 10,
  replies: 10,
  unexpected: [],
};

test.each<[string, Partial<SummaryInput>, number]>([
  ["nothing", {}, 0],
  ["a naive phase without a duplicate", { naive: { injected: 4, doubled: 0 } }, 1],
  ["ten seconds", { served: [{ fault: fault({}), ms: 10_000 }] }, 1],
  [
    "ten seconds after one of few faults",
    { faults: [fault({})], served: [{ fault: fault({}), ms: 10_000 }] },
    0,
  ],
  [
    "a service that never came back after one of few faults",
    { faults: [fault({})], served: [{ fault: fault({}), ms: Infinity }] },
    1,
  ],
  ["a service that never came back", { served: [{ fault: fault({}), ms: Infinity }] }, 1],
  ["a slow takeover", { served: [{ fault: fault({ takeover: true }), ms: 20_000 }] }, 1],
  ["a process that ended by itself", { unexpected: ["pod: ended"] }, 1],
  [
    "a violation",
    { verdict: { ...passed.verdict, violations: [{ invariant: "I2", what: "twice" }] } },
    1,
  ],
])("%s: %o makes %i reasons to fail", (_name, over, count) => {
  const input = { ...passed, ...over };
  expect(reasonsToFail(input, summarize(input))).toHaveLength(count);
});
