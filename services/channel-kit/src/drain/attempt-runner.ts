import { randomBytes } from "node:crypto";
import type { CrashPoint } from "@rarity/platform/crash-point";
import { SpanKind, withRemoteParent, withSpan } from "@rarity/platform/telemetry";
import type { Logger } from "pino";
import { sleep } from "../sleep.ts";
import type { Clock } from "../clock.ts";
import type { ChannelDriver, OutboundAttempt, SendOutcome } from "../driver.ts";
import type { KitMetrics } from "../metrics.ts";
import type { AttemptLedger } from "../recovery/attempt-ledger.ts";
import type { SettleResult } from "../store/channel-store.ts";
import { judgeOutcome } from "./judge-outcome.ts";
import type { Pacer } from "./pacer.ts";
import { sendAttempt } from "./send-attempt.ts";

export type RunnerDeps = {
  driver: ChannelDriver;
  ledger: AttemptLedger;
  pacer: Pacer;
  leaseRemainingMs(): number;
  signal: AbortSignal;
  /** T2; resolves when stored, rejects only when told to give up. */
  settle(result: SettleResult): Promise<void>;
  onLeftOpen(): void;
  /** Bytes may have left: the next pacing slot is known now. */
  onWritten(): void;
  metrics: KitMetrics;
  clock: Clock;
  crashPoint: CrashPoint;
  logger: Logger;
  /** Test only: behave like a queue without a write-ahead attempt (a new token every time). */
  naive: boolean;
};

/** Takes one claimed attempt to the provider and its outcome to Postgres. Never throws. */
export function runAttempt(
  deps: RunnerDeps,
  attempt: OutboundAttempt,
  resend: boolean,
): Promise<void> {
  const attributes = {
    "messaging.message.id": attempt.messageId,
    "rarity.attempt": attempt.attemptNo,
    "rarity.lane": attempt.lane,
    "rarity.resend": resend,
  };
  return withRemoteParent(attempt.traceparent, () =>
    withSpan("attempt", { kind: SpanKind.CONSUMER, attributes }, () =>
      runOnce(deps, attempt, resend),
    ),
  );
}

async function runOnce(deps: RunnerDeps, attempt: OutboundAttempt, resend: boolean): Promise<void> {
  deps.ledger.begin(attempt);
  deps.crashPoint("K3");
  const startedAt = deps.clock.monotonicMs();
  const outcome = await sendPaced(deps, attempt, resend);
  deps.metrics.observeSend(outcome.outcome, attempt.lane, deps.clock.monotonicMs() - startedAt);
  if (outcome.outcome === "acked") deps.crashPoint("K6");
  const at = new Date(deps.clock.nowMs()).toISOString();
  const judgement = judgeOutcome(attempt, outcome, { resend, at });
  if (judgement.action === "leave_open") {
    deps.ledger.end(attempt, true);
    deps.logger.warn(
      { messageId: attempt.messageId, attemptNo: attempt.attemptNo, reason: judgement.reason },
      "attempt left open",
    );
    deps.onLeftOpen();
    return;
  }
  const stored = await withSpan("settle", {}, () => settleOnce(deps, judgement.result));
  deps.ledger.end(attempt, !stored);
  if (stored && judgement.result.outcome === "acked") deps.crashPoint("K7");
  if (judgement.reopens) deps.onLeftOpen();
}

async function settleOnce(deps: RunnerDeps, result: SettleResult): Promise<boolean> {
  try {
    await deps.settle(result);
    return true;
  } catch (error) {
    deps.logger.error(
      { err: error, messageId: result.messageId, attemptNo: result.attemptNo },
      "outcome not stored before the process ended; recovery will find the open attempt",
    );
    return false;
  }
}

async function sendPaced(
  deps: RunnerDeps,
  attempt: OutboundAttempt,
  resend: boolean,
): Promise<SendOutcome> {
  const slot = deps.pacer.take();
  try {
    const typingMs = resend ? 0 : deps.pacer.typingMs(attempt);
    if (typingMs > 0) await showTyping(deps, attempt, typingMs);
    return await sendTraced(
      {
        driver: deps.driver,
        leaseRemainingMs: deps.leaseRemainingMs,
        signal: deps.signal,
        clock: deps.clock,
        crashPoint: deps.crashPoint,
        onEntered: () => {
          slot.spend();
          deps.onWritten();
        },
      },
      deps.naive ? { ...attempt, providerToken: freshToken(attempt.providerToken) } : attempt,
      resend,
    );
  } finally {
    slot.release();
  }
}

/** From the call of the provider's library to its server's answer. */
function sendTraced(...args: Parameters<typeof sendAttempt>): Promise<SendOutcome> {
  return withSpan("provider send", { kind: SpanKind.CLIENT }, async (span) => {
    const outcome = await sendAttempt(...args);
    span?.setAttribute("rarity.outcome", outcome.outcome);
    return outcome;
  });
}

async function showTyping(deps: RunnerDeps, attempt: OutboundAttempt, ms: number): Promise<void> {
  // Typing is decoration: a failure to show it must not touch the message.
  const show = (state: "composing" | "paused"): void => {
    const shown = deps.driver.typing?.(attempt.recipient, state);
    shown?.catch((error: unknown) => deps.logger.debug({ err: error }, "typing not shown"));
  };
  show("composing");
  await sleep(ms, deps.signal);
  show("paused");
}

function freshToken(like: string): string {
  return randomBytes(Math.ceil(like.length / 2))
    .toString("hex")
    .slice(0, like.length)
    .toUpperCase();
}
