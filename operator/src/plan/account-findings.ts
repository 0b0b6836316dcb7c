import type { Finding } from "../api/conditions.ts";
import { accountKinds } from "../api/account-kinds.ts";
import { deploymentOf } from "./deployment-of.ts";
import type { AccountObservation } from "./plan-account.ts";
import { syncedFinding, type Changes } from "./synced-finding.ts";
import { podFailure } from "./pod-failure.ts";
import type { ScaleDecision } from "../scaling/scaling-types.ts";

/** What the accounts service says about an account, as far as the plan uses it. */
export interface Runtime {
  state: string;
  reason: string | null;
  detail: string | null;
  paired: boolean;
  phone: string | null;
  pairingRequestedAt: string | null;
  logoutRequestedAt: string | null;
  lastActivityAt: string | null;
}

/** States that only a person can end. */
const brokenStates = ["restricted", "logged_out", "failed"];

/** Every condition of an account, decided from what was observed. */
export const accountFindings = (
  observed: AccountObservation,
  scale: ScaleDecision,
  changes: Changes,
): Finding[] => {
  const paired = pairedFinding(observed);
  const connected = connectedFinding(observed, scale);
  const degraded = degradedFinding(observed);
  return [
    readyFinding({ paired, connected, degraded }, observed),
    paired,
    connected,
    scale.finding,
    progressingFinding(observed, scale),
    degraded,
    pausedFinding(observed),
    syncedFinding(observed.account.spec.reconcilePolicy, changes),
  ];
};

const say = (
  type: string,
  status: Finding["status"],
  reason: string,
  message: string,
): Finding => ({ type, status, reason, message });

/** How somebody lets us in, in the words of the channel. */
const accessWords = {
  pairing: {
    has: "a phone is linked",
    lost: "the phone removed this device: pair it again",
    lacks: "link a phone with the QR or the code shown",
    reason: "PairingNeeded",
  },
  credentials: {
    has: "the provider accepted the credentials",
    lost: "the provider ended the session: renew the credentials in the Secret, then restart its pods (kubectl rollout restart)",
    lacks: "the provider has not accepted the credentials in the Secret yet",
    reason: "SignInNeeded",
  },
} as const;

const pairedFinding = ({ account, runtime }: AccountObservation): Finding => {
  const words = accessWords[accountKinds[account.kind].access];
  if (!runtime.ok) return say("Paired", "Unknown", "AccountStateUnknown", runtime.message);
  const known = runtime.runtime;
  if (known === undefined) {
    return say("Paired", "False", "NotRegistered", "the accounts service does not know it yet");
  }
  if (known.paired) return say("Paired", "True", "Paired", words.has);
  if (known.state === "logged_out") return say("Paired", "False", "LoggedOut", words.lost);
  return say("Paired", "False", words.reason, words.lacks);
};

const connectedFinding = (observed: AccountObservation, scale: ScaleDecision): Finding => {
  const { runtime, owned } = observed;
  const deployment = deploymentOf(owned);
  if (!runtime.ok) return say("Connected", "Unknown", "AccountStateUnknown", runtime.message);
  if (scale.finding.reason === "WaitingForStart") {
    return say("Connected", "False", "WaitingForStart", scale.finding.message);
  }
  if (scale.replicas === 0) {
    return say("Connected", "False", "Hibernated", "no pods while there is nothing to do");
  }
  if ((deployment?.status?.readyReplicas ?? 0) === 0) {
    return say("Connected", "False", "NoReadyPod", "no channel pod is ready");
  }
  const state = runtime.runtime?.state ?? "pending";
  if (state === "connected") return say("Connected", "True", "Connected", "the session is open");
  const detail = runtime.runtime?.detail ?? runtime.runtime?.reason;
  return say("Connected", "False", toReason(state), detail ?? `the session is ${toWords(state)}`);
};

const progressingFinding = ({ owned }: AccountObservation, scale: ScaleDecision): Finding => {
  const status = deploymentOf(owned)?.status;
  const ready = status?.readyReplicas ?? 0;
  const isSettled =
    (status?.replicas ?? 0) === scale.replicas &&
    ready === scale.replicas &&
    (status?.updatedReplicas ?? 0) === scale.replicas;
  const counts = `${ready} of ${scale.replicas} pod(s) ready`;
  return isSettled
    ? say("Progressing", "False", "Settled", counts)
    : say("Progressing", "True", "PodsChanging", counts);
};

const degradedFinding = (observed: AccountObservation): Finding => {
  const { registration, installation, runtime, pods } = observed;
  if (!installation.ok) return say("Degraded", "True", installation.reason, installation.message);
  if (!registration.ok) return say("Degraded", "True", "NotRegistered", registration.message);
  const state = runtime.ok ? (runtime.runtime?.state ?? "") : "";
  if (runtime.ok && brokenStates.includes(state)) {
    const detail = runtime.runtime?.detail ?? runtime.runtime?.reason;
    return say("Degraded", "True", toReason(state), detail ?? `the account is ${toWords(state)}`);
  }
  const failure = pods.map(podFailure).find((found) => found !== undefined);
  if (failure !== undefined) return say("Degraded", "True", failure.reason, failure.message);
  if (observed.storm !== undefined) {
    const message = `${observed.storm} changes all the time: this account is looked at rarely`;
    return say("Degraded", "True", "WokenTooOften", message);
  }
  if (!runtime.ok) return say("Degraded", "True", "AccountStateUnknown", runtime.message);
  if (!observed.depth.ok)
    return say("Degraded", "True", "QueueDepthUnknown", observed.depth.message);
  return say("Degraded", "False", "AsExpected", "nothing is wrong");
};

const readyFinding = (
  parts: { paired: Finding; connected: Finding; degraded: Finding },
  { account }: AccountObservation,
): Finding => {
  if (account.spec.reconcilePolicy !== "Apply") {
    return say(
      "Ready",
      "Unknown",
      account.spec.reconcilePolicy,
      "spec.reconcilePolicy is not Apply",
    );
  }
  const { paired, connected, degraded } = parts;
  // Degraded sources do not stop sending, so they do not make a connected account unready.
  if (paired.status !== "True") return unready(paired, degraded);
  if (connected.status === "True") return say("Ready", "True", "Connected", "it can send");
  if (connected.reason === "Hibernated") {
    return say("Ready", "True", "Hibernated", "the first queued message wakes it");
  }
  return unready(connected, degraded);
};

/** What is broken explains more than what is therefore missing. */
const unready = (missing: Finding, degraded: Finding): Finding => {
  const { reason, message } = degraded.status === "True" ? degraded : missing;
  return say("Ready", missing.status, reason, message);
};

const pausedFinding = ({ account }: AccountObservation): Finding =>
  account.spec.paused
    ? say("Paused", "True", "PausedByUser", "queued messages wait until spec.paused is false")
    : say("Paused", "False", "NotPaused", "sending is allowed");

const toReason = (state: string): string =>
  state
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

const toWords = (state: string): string => state.replaceAll("_", " ");
