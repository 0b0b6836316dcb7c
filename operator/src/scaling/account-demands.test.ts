import { describe, expect, it } from "vitest";
import {
  fixedNow,
  scaledAccount,
  secondsAgo,
  unreadable,
  workOf,
} from "../testing/scaling-fixtures.ts";
import { createAccountDemands } from "./account-demands.ts";
import type { AccountWork, ScaledAccount } from "./scaling-types.ts";

const accountId = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e01";
const demandOf = (account: ScaledAccount, work: AccountWork) =>
  createAccountDemands({
    accountsIn: () => [{ accountId, account }],
    workOf: () => work,
    now: () => fixedNow,
  }).demandsIn("default")[0]?.demand;

const sleepy = (idleSeconds: number): ScaledAccount =>
  scaledAccount(
    { minReplicas: 0, hibernateAfterSeconds: 60 },
    { idleSince: secondsAgo(idleSeconds).toISOString() },
  );

describe("the demand an autoscaler is told", () => {
  it.each([
    ["the messages due", scaledAccount(), workOf({ ready: 250, waiting: 9 }), 250],
    ["1 for an account that always runs", scaledAccount(), workOf({}), 1],
    ["1 until the idle time is over", sleepy(59), workOf({}), 1],
    ["0 once it is", sleepy(60), workOf({}), 0],
    ["1 for a pairing request", sleepy(60), workOf({}, { isPairing: true }), 1],
  ])("is %s", (_name, account, work, value) => {
    expect(demandOf(account, work)).toEqual({ ok: true, value, readAt: fixedNow });
  });

  it("is unknown, not zero, while the queue cannot be read", () => {
    expect(demandOf(sleepy(60), unreadable(600))).toEqual({
      ok: false,
      message: "/internal/queue-depth cannot be reached",
    });
  });
});
