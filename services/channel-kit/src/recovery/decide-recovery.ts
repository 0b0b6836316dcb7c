import type { DriverTiming, OpenAttempt, RecoveryClass, RecoveryFinding } from "../driver.ts";

const resendWindowMs = 24 * 60 * 60 * 1000;
const historyPatienceMs = 15 * 60 * 1000;

export type RecoveryDecision =
  | { action: "settle_acked"; providerMessageId: string }
  | { action: "settle_absent"; reason: string }
  | { action: "settle_unresolved"; reason: string }
  | { action: "resend" }
  | { action: "wait"; ms: number };

export type RecoveryInput = {
  class: RecoveryClass;
  timing: DriverTiming;
  attempt: OpenAttempt;
  finding: RecoveryFinding;
};

/**
 * What to do with an attempt whose outcome is unknown (send-protocol.md 1.4). Evidence that the
 * provider has it always wins. Without it, only a provider that drops a repeated token may see the
 * bytes again; for the others "absent" counts only after the settle time and when the process that
 * wrote can write no more. Everything else is shown to a person.
 */
export function decideRecovery(input: RecoveryInput): RecoveryDecision {
  const { attempt, finding } = input;
  if (finding.found === "accepted") {
    return { action: "settle_acked", providerMessageId: finding.providerMessageId };
  }
  return input.class === "dedup"
    ? decideDedup(attempt, finding)
    : decideByHistory(input.timing, attempt, finding);
}

function decideDedup(attempt: OpenAttempt, finding: RecoveryFinding): RecoveryDecision {
  if (attempt.ageMs > resendWindowMs) {
    return finding.found === "absent" && attempt.holderDead
      ? { action: "settle_absent", reason: "not_in_history" }
      : { action: "settle_unresolved", reason: "past_resend_window" };
  }
  return attempt.triesLeft <= 0
    ? { action: "settle_unresolved", reason: "attempts_exhausted" }
    : { action: "resend" };
}

function decideByHistory(
  timing: DriverTiming,
  attempt: OpenAttempt,
  finding: RecoveryFinding,
): RecoveryDecision {
  if (attempt.ageMs < timing.settleMs) {
    return { action: "wait", ms: timing.settleMs - attempt.ageMs };
  }
  if (finding.found === "absent") {
    return attempt.holderDead
      ? { action: "settle_absent", reason: "not_in_history" }
      : { action: "settle_unresolved", reason: "no_proof_of_death" };
  }
  const patience = Math.max(historyPatienceMs, timing.settleMs);
  return attempt.ageMs >= patience
    ? { action: "settle_unresolved", reason: "history_unreachable" }
    : { action: "wait", ms: Math.min(patience - attempt.ageMs, 30_000) };
}
