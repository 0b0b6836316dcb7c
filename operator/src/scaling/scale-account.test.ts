import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deployment } from "../api/workloads.ts";
import { buildReplicas } from "../desired/scaling/replicas.ts";
import {
  autoscaler,
  decisionInput,
  scaledAccount,
  secondsAgo,
  unreadable,
  workOf,
} from "../testing/scaling-fixtures.ts";
import { scaleAccount, type AccountScaling, type ScalingContext } from "./scale-account.ts";
import type { ScaledAccount } from "./scaling-types.ts";

const name = "whatsapp-sales";
const kedaSource = {
  url: "https://metrics.rarity.svc:8443",
  authenticationName: "rarity-demand",
  fallbackReplicas: 2,
};

const deployment = (replicas: number, by?: "operator" | "autoscaler"): Deployment =>
  ({
    ...buildReplicas({ namespace: "default", name, replicas, by: by ?? "operator" }),
    ...(by === undefined ? { metadata: { name, namespace: "default" } } : {}),
  }) as Deployment;

const scaling = (account: ScaledAccount, parts: Partial<ScalingContext> = {}): AccountScaling => {
  const { work, replicasMean, fallbackReplicas, now } = decisionInput();
  return scaleAccount(account, {
    ...{ work, replicasMean, fallbackReplicas, now },
    mode: "Builtin",
    kedaSource,
    name,
    labels: { "app.kubernetes.io/instance": "sales" },
    accountId: "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e22",
    deployment: deployment(1, "autoscaler"),
    owned: [],
    start: { ok: true },
    ...parts,
  });
};

const wide = scaledAccount({ minReplicas: 1, maxReplicas: 5 });
const sleepy = scaledAccount(
  { minReplicas: 0, maxReplicas: 5, hibernateAfterSeconds: 60 },
  { idleSince: secondsAgo(61).toISOString() },
);

describe("which autoscaler an account gets", () => {
  it.each([
    ["Builtin", "HorizontalPodAutoscaler"],
    ["External", "HorizontalPodAutoscaler"],
    ["Keda", "ScaledObject"],
  ] as const)("%s makes a %s", (mode, kind) => {
    const { objects } = scaling(wide, { mode });
    expect(objects.map((object) => object.kind)).toEqual([kind]);
  });

  it.each([
    ["mode Direct", wide, { mode: "Direct" }],
    ["a fixed number", scaledAccount({ replicas: 2, maxReplicas: 5 }), {}],
    ["nothing to choose", scaledAccount({ minReplicas: 1, maxReplicas: 1 }), {}],
    ["only hibernation to choose", scaledAccount({ minReplicas: 0, maxReplicas: 1 }), {}],
    [
      "mode Keda that does not know where KEDA reads",
      wide,
      { mode: "Keda", kedaSource: undefined },
    ],
  ] as const)("%s makes none", (_name, account, parts) => {
    expect(scaling(account, parts).objects).toEqual([]);
  });
});

describe("who writes replicas", () => {
  it("starts a new Deployment with what is wanted", () => {
    const { initialReplicas, replicas } = scaling(sleepy, { deployment: undefined });
    expect(initialReplicas).toBe(0);
    expect(replicas).toMatchObject({ spec: { replicas: 0 } });
  });

  it("hands an existing number over to the autoscaler once, without changing it", () => {
    const { replicas } = scaling(wide, { deployment: deployment(4, "operator") });
    expect(replicas).toEqual(
      buildReplicas({ namespace: "default", name, replicas: 4, by: "autoscaler" }),
    );
    expect(scaling(wide, { deployment: deployment(4, "autoscaler") }).replicas).toBeUndefined();
  });

  it("takes the number back when the mode becomes Direct", () => {
    const { replicas } = scaling(wide, {
      mode: "Direct",
      deployment: deployment(1, "autoscaler"),
    });
    expect(replicas).toMatchObject({ spec: { replicas: 1 } });
    const again = scaling(wide, { mode: "Direct", deployment: deployment(1, "operator") });
    expect(again.replicas).toBeUndefined();
  });

  it("writes 0 to hibernate and the wanted number to wake, beside an autoscaler", () => {
    const asleep = scaling(sleepy, { deployment: deployment(3, "autoscaler") });
    expect(asleep.replicas).toMatchObject({ spec: { replicas: 0 } });
    expect(asleep.decision.finding.reason).toBe("Hibernated");
    const woken = scaling(sleepy, {
      deployment: deployment(0, "autoscaler"),
      work: workOf({ ready: 250 }),
    });
    expect(woken.replicas).toMatchObject({ spec: { replicas: 3 } });
    expect(woken.decision.finding.reason).toBe("Woken");
  });

  it("starts no pod before its turn, and says what it waits for", () => {
    const start = { ok: false, message: "10 accounts are starting" } as const;
    const made = scaling(wide, { deployment: undefined, start });
    expect(made).toMatchObject({ initialReplicas: 0, isWaiting: true });
    const asleep = { deployment: deployment(0, "autoscaler"), work: workOf({ ready: 250 }), start };
    expect(scaling(sleepy, asleep)).toMatchObject({
      replicas: undefined,
      decision: { replicas: 0, finding: { status: "False", reason: "WaitingForStart" } },
    });
    const running = scaling(wide, { deployment: deployment(2, "autoscaler"), start });
    expect(running.isWaiting).toBe(false);
  });

  it("never fights: at 1 pod or more the autoscaler's number stands", () => {
    const work = fc.oneof(
      fc.nat({ max: 9_999 }).map((ready) => workOf({ ready })),
      fc.nat({ max: 600 }).map((seconds) => unreadable(seconds)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), work, (current, given) => {
        const { replicas, decision } = scaling(wide, {
          deployment: deployment(current, "autoscaler"),
          work: given,
        });
        expect(replicas).toBeUndefined();
        expect(decision.write).toBeUndefined();
      }),
    );
  });

  it("raises the autoscaler's minimum to the fallback instead of writing replicas", () => {
    const minOf = (seconds: number) =>
      scaling(wide, {
        deployment: deployment(1, "autoscaler"),
        work: unreadable(seconds),
        fallbackReplicas: 3,
      }).objects[0]?.spec;
    expect(minOf(10)).toMatchObject({ minReplicas: 1 });
    expect(minOf(60)).toMatchObject({ minReplicas: 3 });
  });

  it("wakes to the fallback when the queue cannot be read for long", () => {
    const parts = { deployment: deployment(0, "autoscaler"), fallbackReplicas: 2 };
    expect(scaling(sleepy, { ...parts, work: unreadable(10) }).replicas).toBeUndefined();
    expect(scaling(sleepy, { ...parts, work: unreadable(60) }).replicas).toMatchObject({
      spec: { replicas: 2 },
    });
  });
});

describe("the Scaling condition beside an autoscaler", () => {
  const said = (
    kind: "HorizontalPodAutoscaler" | "ScaledObject",
    conditions: Parameters<typeof autoscaler>[1],
  ) =>
    scaling(wide, {
      mode: kind === "ScaledObject" ? "Keda" : "Builtin",
      work: workOf({ ready: 20 }),
      owned: [autoscaler(kind, conditions)],
    }).decision.finding;
  const condition = (type: string, status: "True" | "False", reason: string, message = "") => ({
    type,
    status,
    reason,
    message,
  });

  it("says that there is none yet", () => {
    const { decision } = scaling(wide);
    expect(decision.finding).toMatchObject({ status: "Unknown", reason: "AutoscalerPending" });
  });

  it.each([
    [
      "HorizontalPodAutoscaler",
      condition("ScalingActive", "True", "ValidMetricFound"),
      "Autoscaled",
    ],
    ["ScaledObject", condition("Ready", "True", "ScaledObjectReady"), "Autoscaled"],
    ["ScaledObject", condition("Fallback", "True", "FallbackExists"), "Fallback"],
  ] as const)("reads a %s", (kind, given, reason) => {
    expect(said(kind, [given])).toMatchObject({ reason });
  });

  it("passes on why the autoscaler does nothing", () => {
    const finding = said("HorizontalPodAutoscaler", [
      condition("ScalingActive", "False", "FailedGetExternalMetric", "the server is away"),
    ]);
    expect(finding).toMatchObject({ status: "False", reason: "FailedGetExternalMetric" });
    expect(finding.message).toBe(
      "HorizontalPodAutoscaler whatsapp-sales: the server is away; 1 pod: 10-99 due now, 0 later (1 to 5 allowed, one for every 100 due)",
    );
  });

  it("says when the maximum is reached", () => {
    const finding = said("HorizontalPodAutoscaler", [
      condition("ScalingActive", "True", "ValidMetricFound"),
      condition("ScalingLimited", "True", "TooManyReplicas"),
    ]);
    expect(finding).toMatchObject({ status: "True", reason: "AtMaximum" });
  });

  it("blames the queue, not the autoscaler, when the operator cannot read it either", () => {
    const { decision } = scaling(wide, { work: unreadable(5) });
    expect(decision.finding).toMatchObject({ status: "Unknown", reason: "QueueDepthUnknown" });
  });
});
