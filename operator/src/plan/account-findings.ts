import type { Finding } from "../api/conditions.ts";
import type { AccountObservation } from "./plan-account.ts";
import type { ScaleDecision } from "./scale.ts";

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
export const accountFindings = (observed: AccountObservation, scale: ScaleDecision): Finding[] => {
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
  ];
};

const say = (
  type: string,
  status: Finding["status"],
  reason: string,
  message: string,
): Finding => ({ type, status, reason, message });

const pairedFinding = ({ runtime }: AccountObservation): Finding => {
  if (!runtime.ok) return say("Paired", "Unknown", "AccountStateUnknown", runtime.message);
  const known = runtime.runtime;
  if (known === undefined) {
    return say("Paired", "False", "NotRegistered", "the accounts service does not know it yet");
  }
  if (known.paired) return say("Paired", "True", "Paired", "a phone is linked");
  if (known.state === "logged_out") {
    return say("Paired", "False", "LoggedOut", "the phone removed this device: pair it again");
  }
  return say("Paired", "False", "PairingNeeded", "link a phone with the QR or the code shown");
};

const connectedFinding = (observed: AccountObservation, scale: ScaleDecision): Finding => {
  const { runtime, deployment } = observed;
  if (!runtime.ok) return say("Connected", "Unknown", "AccountStateUnknown", runtime.message);
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

const progressingFinding = ({ deployment }: AccountObservation, scale: ScaleDecision): Finding => {
  const status = deployment?.status;
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
  const { registration, template, runtime, pods } = observed;
  if (!template.ok) return say("Degraded", "True", "ChannelEnvironmentMissing", template.message);
  if (!registration.ok) return say("Degraded", "True", "NotRegistered", registration.message);
  const state = runtime.ok ? (runtime.runtime?.state ?? "") : "";
  if (runtime.ok && brokenStates.includes(state)) {
    const detail = runtime.runtime?.detail ?? runtime.runtime?.reason;
    return say("Degraded", "True", toReason(state), detail ?? `the account is ${toWords(state)}`);
  }
  const failing = pods.find((pod) => pod.status?.reason !== undefined);
  if (failing?.status?.reason !== undefined) {
    const { reason, message, restartCount } = failing.status;
    const text = `${failing.metadata.name}: ${message ?? reason} (${restartCount} restart(s))`;
    return say("Degraded", "True", reason, text);
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
