import type {
  AccountWork,
  Autoscaler,
  DecisionInput,
  Depth,
  ScaledAccount,
} from "../scaling/scaling-types.ts";
import { testAccount } from "./fixtures.ts";

export const fixedNow = new Date("2026-11-24T12:00:00.000Z");
export const secondsAgo = (seconds: number): Date => new Date(fixedNow.getTime() - seconds * 1000);

export const depthOf = (parts: Partial<Depth> = {}): Depth => ({
  ready: 0,
  waiting: 0,
  nextDueAt: undefined,
  ...parts,
});

export const workOf = (
  depth: Partial<Depth>,
  parts: Partial<Omit<AccountWork, "depth">> = {},
): AccountWork => ({
  depth: { ok: true, depth: depthOf(depth) },
  isPairing: false,
  isLeaving: false,
  lastActivityAt: undefined,
  ...parts,
});

/** Work of an account whose queue cannot be read since `seconds`. */
export const unreadable = (
  seconds: number | undefined,
  parts: Partial<AccountWork> = {},
): AccountWork => ({
  ...workOf({}, parts),
  depth: {
    ok: false,
    message: "/internal/queue-depth cannot be reached",
    since: seconds === undefined ? undefined : secondsAgo(seconds),
  },
});

export const scaledAccount = (
  spec: Partial<ScaledAccount["spec"]> = {},
  status: ScaledAccount["status"] = {},
): ScaledAccount => {
  const account = testAccount();
  return { ...account, spec: { ...account.spec, ...spec }, status };
};

export const decisionInput = (parts: Partial<DecisionInput> = {}): DecisionInput => ({
  account: scaledAccount({ maxReplicas: 5 }),
  work: workOf({}),
  replicasMean: "workers",
  currentReplicas: 1,
  fallbackReplicas: 1,
  now: fixedNow,
  ...parts,
});

/** An autoscaler of the test account with these conditions. */
export const autoscaler = (
  kind: "HorizontalPodAutoscaler" | "ScaledObject",
  conditions: NonNullable<NonNullable<Autoscaler["status"]>["conditions"]> = [],
): Autoscaler => ({
  apiVersion: kind === "ScaledObject" ? "keda.sh/v1alpha1" : "autoscaling/v2",
  kind,
  metadata: {
    name: "whatsapp-sales",
    namespace: "default",
    ownerReferences: [
      {
        apiVersion: "rarityleads.io/v1alpha1",
        kind: "WhatsAppAccount",
        name: "sales",
        uid: testAccount().metadata.uid ?? "",
        controller: true,
      },
    ],
  },
  status: { conditions },
});
