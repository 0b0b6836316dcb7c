import fc from "fast-check";
import { expect, test } from "vitest";
import { apiPoints, infraFaults, leavesOpen, makePlan, podPoints } from "./make-plan.ts";

const base = { naiveInjections: 20, accounts: 6, apis: 2, naiveAccounts: 2 };

test("one seed makes one plan, another seed another", () => {
  const plan = (seed: number) => JSON.stringify(makePlan({ ...base, seed, injections: 300 }));
  expect(plan(7)).toBe(plan(7));
  expect(plan(7)).not.toBe(plan(8));
});

test("a plan has exactly as many faults as asked for", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.integer({ min: 1, max: 600 }), (seed, injections) => {
      const plan = makePlan({ ...base, seed, injections });
      const faults = [...plan.accounts.flat(), ...plan.apis.flat(), ...plan.infra];
      expect(faults).toHaveLength(injections);
      expect(plan.naive.flat()).toHaveLength(20);
    }),
  );
});

test("the default plan reaches every named place and every kind of fault, stops included", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31), (seed) => {
      const plan = makePlan({ ...base, seed, injections: 300 });
      const pods = plan.accounts.flat();
      for (const point of podPoints) {
        expect(pods.filter((f) => f.kind === "crash" && f.point === point).length).toBeGreaterThan(
          9,
        );
      }
      for (const point of apiPoints) {
        expect(plan.apis.flat().some((f) => f.kind === "crash" && f.point === point)).toBe(true);
      }
      for (const fault of infraFaults) expect(plan.infra).toContain(fault);
      expect(pods.filter((f) => f.kind === "stop").length).toBeGreaterThan(9);
      expect(pods.filter((f) => f.kind === "kill").length).toBeGreaterThan(29);
    }),
    { numRuns: 30 },
  );
});

test("in a full plan a crash of the reconciler follows one that left an attempt open", () => {
  const plan = makePlan({ ...base, seed: 1, injections: 300 });
  for (const lane of plan.accounts) {
    lane.forEach((fault, n) => {
      const before = lane[n - 1];
      if (fault.kind !== "crash" || !fault.point.startsWith("K9")) return;
      expect(before !== undefined && leavesOpen(before)).toBe(true);
    });
  }
});
