import type { CrashPoint } from "@rarity/platform/crash-point";
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
  crashPoint: CrashPoint;
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
    blame: "process",
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
  deps.crashPoint("K9a");
  deps.logger.info(
    { messageId: attempt.messageId, attemptNo: attempt.attemptNo, decision: decision.action },
    "open attempt reconciled",
  );
  const ref = { messageId: attempt.messageId, attemptNo: attempt.attemptNo };
  if (decision.action === "wait") return decision.ms;
  if (decision.action === "resend") return resendSameToken(deps, ref);
  await deps.settle(resultOf(deps, ref, decision, finding));
  deps.crashPoint("K9c");
  return null;
}

type Settled = Exclude<RecoveryDecision, { action: "wait" } | { action: "resend" }>;

function resultOf(
  deps: ReconcileDeps,
  ref: AttemptRef,
  decision: Settled,
  finding: RecoveryFinding,
): SettleResult {
  const at = new Date(deps.clock.nowMs()).toISOString();
  if (decision.action === "settle_acked") {
    const evidence = { ...finding.evidence, reason: "found" };
    const { providerMessageId } = decision;
    return { ...ref, outcome: "acked", providerMessageId, evidence, at };
  }
  const evidence = { ...finding.evidence, reason: decision.reason };
  return decision.action === "settle_absent"
    ? { ...ref, outcome: "absent", blame: "process", evidence, at }
    : { ...ref, outcome: "unresolved", evidence, at };
}

/** Answers how long to wait where the account's limits leave no room for another copy now. */
async function resendSameToken(deps: ReconcileDeps, ref: AttemptRef): Promise<number | null> {
  deps.ledger.resending(ref.messageId);
  const answer = await deps.store.supersedeAttempt(deps.token, ref);
  deps.crashPoint("K9b");
  if (answer.attempt === null) return answer.waitMs;
  await deps.resend(answer.attempt);
  return null;
}
