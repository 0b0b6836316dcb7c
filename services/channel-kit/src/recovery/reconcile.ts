import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { ChannelDriver, OpenAttempt, OutboundAttempt, RecoveryFinding } from "../driver.ts";
import type {
  AttemptRef,
  ChannelStore,
  OpenAttemptRow,
  SettleResult,
} from "../store/channel-store.ts";
import type { RecoveryDecision } from "./decide-recovery.ts";
import { decideRecovery } from "./decide-recovery.ts";
import type { AttemptLedger } from "./attempt-ledger.ts";

export type ReconcileDeps = {
  driver: Pick<ChannelDriver, "recover" | "class" | "timing">;
  store: Pick<ChannelStore, "openAttempts" | "supersedeAttempt">;
  ledger: AttemptLedger;
  token: number;
  settle(result: SettleResult): Promise<void>;
  /** Sends the same token again; answers when settled or left open. */
  resend(attempt: OutboundAttempt): Promise<void>;
  onDecision(action: RecoveryDecision["action"] | "never_sent"): void;
  clock: Clock;
  logger: Logger;
};

/**
 * Closes what earlier processes (or an unanswered send) left open, oldest first. Answers the delay
 * after which something that has to settle should be looked at again, or `null`.
 */
export async function reconcile(deps: ReconcileDeps): Promise<number | null> {
  const rows = await deps.store.openAttempts();
  deps.ledger.setBaseline(rows);
  const judged = rows
    .sort((a, b) => b.ageMs - a.ageMs)
    .map((row) => ({ row, standing: deps.ledger.standingOf(row) }));
  await Promise.all(
    judged.filter((j) => j.standing === "never_sent").map((j) => settleNeverSent(deps, j.row)),
  );
  const open = judged
    .filter((j) => j.standing === "writer_dead" || j.standing === "writer_unknown")
    .map((j) => toOpenAttempt(j.row, j.standing === "writer_dead"));
  if (open.length === 0) return null;
  const findings = await deps.driver.recover(open);
  const waits = await Promise.all(
    open.map((attempt) => act(deps, attempt, findingFor(attempt, findings))),
  );
  const pending = waits.filter((wait) => wait !== null);
  return pending.length === 0 ? null : Math.min(...pending);
}

/** T1 committed but its answer was lost: we know best that no byte of it was ever written. */
async function settleNeverSent(deps: ReconcileDeps, row: OpenAttemptRow): Promise<void> {
  deps.onDecision("never_sent");
  await deps.settle({
    messageId: row.messageId,
    attemptNo: row.attemptNo,
    outcome: "absent",
    evidence: { reason: "claim_answer_lost", sameProcess: true },
    at: new Date(deps.clock.nowMs()).toISOString(),
  });
}

function toOpenAttempt(row: OpenAttemptRow, holderDead: boolean): OpenAttempt {
  const attempt: OpenAttempt & Partial<OpenAttemptRow> = { ...row, holderDead };
  delete attempt.token;
  delete attempt.holder;
  return attempt;
}

function findingFor(attempt: OpenAttempt, findings: RecoveryFinding[]): RecoveryFinding {
  const ref: AttemptRef = { messageId: attempt.messageId, attemptNo: attempt.attemptNo };
  return (
    findings.find((f) => f.messageId === ref.messageId && f.attemptNo === ref.attemptNo) ?? {
      ...ref,
      found: "unknown",
      evidence: {},
    }
  );
}

async function act(
  deps: ReconcileDeps,
  attempt: OpenAttempt,
  finding: RecoveryFinding,
): Promise<number | null> {
  const { driver } = deps;
  const decision = decideRecovery({
    class: driver.class,
    timing: driver.timing,
    attempt,
    finding,
  });
  deps.onDecision(decision.action);
  deps.logger.info(
    { messageId: attempt.messageId, attemptNo: attempt.attemptNo, decision: decision.action },
    "open attempt reconciled",
  );
  const ref = { messageId: attempt.messageId, attemptNo: attempt.attemptNo };
  const at = new Date(deps.clock.nowMs()).toISOString();
  switch (decision.action) {
    case "wait":
      return decision.ms;
    case "resend": {
      await resendSameToken(deps, ref);
      return null;
    }
    case "settle_acked":
      await deps.settle({
        ...ref,
        outcome: "acked",
        providerMessageId: decision.providerMessageId,
        evidence: { ...finding.evidence, reason: "found" },
        at,
      });
      return null;
    case "settle_absent":
      await deps.settle({
        ...ref,
        outcome: "absent",
        evidence: { ...finding.evidence, reason: decision.reason },
        at,
      });
      return null;
    case "settle_unresolved":
      await deps.settle({
        ...ref,
        outcome: "unresolved",
        evidence: { ...finding.evidence, reason: decision.reason },
        at,
      });
      return null;
  }
}

async function resendSameToken(deps: ReconcileDeps, ref: AttemptRef): Promise<void> {
  const expected = { messageId: ref.messageId, attemptNo: ref.attemptNo + 1 };
  // Noted first: if the answer is lost, the new row must count as possibly written, as the old one.
  deps.ledger.end(expected, true);
  const next = await deps.store.supersedeAttempt(deps.token, ref);
  if (next !== null) {
    await deps.resend(next);
    return;
  }
  deps.ledger.end(expected, false);
}
