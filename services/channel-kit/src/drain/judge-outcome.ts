import type { SendOutcome } from "../driver.ts";
import type { AttemptRef, SettleResult } from "../store/channel-store.ts";

export type Judgement =
  /** `reopens`: an earlier copy is the open question again, and the reconciler's to answer. */
  | { action: "settle"; result: SettleResult; reopens: boolean }
  /** Stays open in the database: the reconciler looks at it later. */
  | { action: "leave_open"; reason: string };

/**
 * What an answer of the driver means for the attempt. The first send of a message may be believed
 * as it stands. A resend may not: whatever happens to the second copy, the first may have arrived,
 * so only an ack (or a refusal after which the same token goes again) settles the message. A resend
 * that never left settles itself alone: the copy before it is open again.
 */
export function judgeOutcome(
  attempt: AttemptRef,
  outcome: SendOutcome,
  context: { resend: boolean; at: string },
): Judgement {
  const base = { messageId: attempt.messageId, attemptNo: attempt.attemptNo };
  switch (outcome.outcome) {
    case "acked":
      return settled({
        ...base,
        outcome: "acked",
        providerMessageId: outcome.providerMessageId,
        evidence: outcome.evidence,
        at: outcome.at,
      });
    case "refused":
      return judgeRefusal(base, outcome, context);
    case "absent": {
      const evidence = { ...outcome.evidence, reason: outcome.reason };
      const blame = ofProcess.has(outcome.reason) ? "process" : "message";
      return {
        action: "settle",
        result: { ...base, outcome: "absent", blame, evidence, at: context.at },
        reopens: context.resend,
      };
    }
    case "unresolved":
      return { action: "leave_open", reason: outcome.reason };
  }
}

/** Reasons that would have held back any message at that moment. */
const ofProcess: ReadonlySet<string> = new Set(["gate_closed", "not_connected", "aborted"]);

function settled(result: SettleResult): Judgement {
  return { action: "settle", result, reopens: false };
}

function judgeRefusal(
  base: AttemptRef,
  outcome: Extract<SendOutcome, { outcome: "refused" }>,
  context: { resend: boolean; at: string },
): Judgement {
  const sameTokenAgain = outcome.error.class === "transient" || outcome.error.class === "account";
  if (context.resend && !sameTokenAgain) {
    // A final "no" would send the message over the next channel although the first copy may be
    // there: a person decides.
    return settled({
      ...base,
      outcome: "unresolved",
      evidence: {
        ...outcome.evidence,
        reason: "resend_refused",
        refusedWith: outcome.error.code,
      },
      at: context.at,
    });
  }
  return settled({
    ...base,
    outcome: "refused",
    error: outcome.error,
    evidence: outcome.evidence,
    at: context.at,
  });
}
