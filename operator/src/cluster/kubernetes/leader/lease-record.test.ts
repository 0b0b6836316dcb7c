import { describe, expect, it } from "vitest";
import {
  heldLease,
  microTime,
  nextLeaseStep,
  releasedLease,
  type LeaseSpec,
} from "./lease-record.ts";

const now = new Date("2026-11-24T08:00:00.123Z");
const seen = (spec: LeaseSpec, sinceMs = 0) => ({ spec, sinceMs, resourceVersion: "1" });
const step = (lease: Parameters<typeof nextLeaseStep>[0], nowMs = 0) =>
  nextLeaseStep(lease, { identity: "me", nowMs });

describe("what a candidate may do", () => {
  it.each([
    ["there is no lease", undefined, 0, "create"],
    ["it is mine", seen({ holderIdentity: "me" }), 99_999, "renew"],
    ["it was released", seen({ holderIdentity: "" }), 0, "take"],
    ["it never had a holder", seen({ holderIdentity: null }), 0, "take"],
    [
      "another one's is fresh",
      seen({ holderIdentity: "you", leaseDurationSeconds: 15 }),
      14_999,
      "wait",
    ],
    [
      "another one's has run out",
      seen({ holderIdentity: "you", leaseDurationSeconds: 15 }),
      15_000,
      "take",
    ],
    [
      "another one's was renewed, whatever its clock says",
      seen({ holderIdentity: "you", renewTime: "1999-01-01T00:00:00.000000Z" }, 10_000),
      20_000,
      "wait",
    ],
  ])("when %s", (_what, lease, nowMs, expected) => {
    expect(step(lease, nowMs)).toBe(expected);
  });
});

describe("the lease as it is written", () => {
  const parts = { identity: "me", durationSeconds: 15, now };

  it("counts a change of holder, and keeps when it was acquired", () => {
    const taken = heldLease({ holderIdentity: "you", leaseTransitions: 4 }, parts);
    expect(taken).toMatchObject({ holderIdentity: "me", leaseTransitions: 5 });
    const renewed = heldLease(taken, { ...parts, now: new Date(now.getTime() + 5_000) });
    expect(renewed).toMatchObject({ leaseTransitions: 5, acquireTime: taken.acquireTime });
    expect(renewed.renewTime).not.toBe(taken.renewTime);
  });

  it("has times with six digits", () => {
    expect(microTime(now)).toBe("2026-11-24T08:00:00.123000Z");
  });

  it("is free at once after its holder has stopped", () => {
    expect(step(seen(releasedLease(heldLease(undefined, parts), now)))).toBe("take");
  });
});
