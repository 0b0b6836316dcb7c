import type { SendOutcome } from "../driver.ts";
import type { AttemptRef, SettleResult } from "../store/channel-store.ts";

export type Judgement =
  | { action: "settle"; result: SettleResult }
  /** Stays open in the database: the reconciler looks at it later. */
  | { action: "leave_open"; reason: string };

/**
 * What an answer of the driver means for the attempt. The first send of a message may be believed
 * as it stands. A resend may not: whatever happens to the second copy, the first may have arrived,
 * so only an ack (or a refusal after which the same token goes again) settles it.
 */
export function judgeOutcome(
  attempt: AttemptRef,
  outcome: SendOutcome,
  context: { resend: boolean; at: string },
): Judgement {
  const base = { messageId: attempt.messageId, attemptNo: attempt.attemptNo };
  switch (outcome.outcome) {
    case "acked":
      return {
        action: "settle",
        result: {
          ...base,
          outcome: "acked",
          providerMessageId: outcome.providerMessageId,
          evidence: outcome.evidence,
          at: outcome.at,
        },
      };
    case "refused":
      return judgeRefusal(base, outcome, context);
    case "absent":
      return context.resend
        ? { action: "leave_open", reason: outcome.reason }
        : {
            action: "settle",
            result: {
              ...base,
              outcome: "absent",
              evidence: { ...outcome.evidence, reason: outcome.reason },
              at: context.at,
            },
          };
    case "unresolved":
      return { action: "leave_open", reason: outcome.reason };
  }
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
    return {
      action: "settle",
      result: {
        ...base,
        outcome: "unresolved",
        evidence: {
          ...outcome.evidence,
          reason: "resend_refused",
          refusedWith: outcome.error.code,
        },
        at: context.at,
      },
    };
  }
  return {
    action: "settle",
    result: {
      ...base,
      outcome: "refused",
      error: outcome.error,
      evidence: outcome.evidence,
      at: context.at,
    },
  };
}
