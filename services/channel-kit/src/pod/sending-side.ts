import { groupCommitter } from "@rarity/platform/postgres";
import { createDrainLoop } from "../drain/drain-loop.ts";
import type { DrainLoop } from "../drain/drain-loop.ts";
import type { RunnerDeps } from "../drain/attempt-runner.ts";
import { runAttempt } from "../drain/attempt-runner.ts";
import { createSettler } from "../drain/settler.ts";
import type { OutboundAttempt } from "../driver.ts";
import { createMutex } from "../mutex.ts";
import type { AttemptLedger } from "../recovery/attempt-ledger.ts";
import { createAttemptLedger } from "../recovery/attempt-ledger.ts";
import { reconcile } from "../recovery/reconcile.ts";
import type { Reconciler } from "../recovery/reconciler.ts";
import { createReconciler } from "../recovery/reconciler.ts";
import type { ClaimAnswer, SettleResult } from "../store/channel-store.ts";
import type { SessionDeps } from "./session-deps.ts";

/** How soon an attempt without an answer is looked at: long enough for a late ack to come in. */
const lookAgainMs = 1000;

export type SendingSide = {
  loop: DrainLoop;
  reconciler: Reconciler;
  /** Resolves when every outcome handed over is stored or given up. */
  close(): Promise<void>;
};

export type SendingInput = {
  token: number;
  leaseRemainingMs(): number;
  /** Aborts when nothing may be written any more. */
  fence: AbortSignal;
  /** Aborts when outcomes that are not stored yet must be left to recovery. */
  giveUp: AbortSignal;
  onLeaseRefused(): void;
  /** The database refused because somebody wants the account logged out. */
  onLogoutWanted(): void;
};

/** Everything that turns due rows into provider calls under one lease. */
export function createSendingSide(deps: SessionDeps, input: SendingInput): SendingSide {
  const { store, clock, logger, metrics } = deps;
  const { token } = input;
  const ledger = createAttemptLedger({ holder: deps.holder, token, clock });
  const settlements = createSettlements(deps, input);
  // Reading the open rows between a claim's commit and its answer would take its rows for lost ones.
  const oneAtATime = createMutex();

  const runner: RunnerDeps = {
    ...deps,
    ledger,
    leaseRemainingMs: input.leaseRemainingMs,
    signal: input.fence,
    settle: settlements.settle,
    onLeftOpen: () => reconciler.request(lookAgainMs),
    onWritten: () => loop.poke(),
  };
  const reconciler = createReconciler({
    run: () =>
      reconcile({
        ...deps,
        token,
        ledger,
        store: {
          openAttempts: () => oneAtATime(() => store.openAttempts()),
          supersedeAttempt: (...args) => store.supersedeAttempt(...args),
        },
        settle: settlements.settle,
        resend: (attempt: OutboundAttempt) => runAttempt(runner, attempt, true),
        onDecision: (action) => metrics.countRecovery(action),
      }),
    onFailed: (err) => logger.warn({ err }, "open attempts could not be reconciled yet"),
    clock,
    backoff: deps.tuning.backoff,
  });
  const loop = createDrainLoop({
    claim: (max) => oneAtATime(() => claimNoted(deps, token, ledger, max)),
    budget: (free) => deps.pacer.budget(free),
    budgetWaitMs: () => deps.pacer.waitMs(),
    onClaimed: () => deps.crashPoint("K2"),
    dispatch: (attempt) => runAttempt(runner, attempt, false),
    onRefused: (code) => {
      logger.info({ reason: code }, "nothing may be claimed now");
      if (code === "LEASE_LOST") input.onLeaseRefused();
      if (code === "LOGOUT_REQUESTED") input.onLogoutWanted();
    },
    onClaimFailed: (err) => {
      logger.warn({ err }, "claim failed");
      // Its commit may have worked all the same: rows nobody knows of have to be given back.
      reconciler.request(0);
    },
    concurrency: deps.tuning.concurrency,
    backoff: deps.tuning.backoff,
    clock,
  });
  return { loop, reconciler, close: settlements.close };
}

/** Noted before anybody else can read the open rows. */
async function claimNoted(
  { store, clock, metrics }: SessionDeps,
  token: number,
  ledger: AttemptLedger,
  max: number,
): Promise<ClaimAnswer> {
  const startedAt = clock.monotonicMs();
  const answer = await store.claimAttempts(token, max);
  const attempts = answer.ok ? answer.attempts : [];
  for (const attempt of attempts) ledger.begin(attempt);
  metrics.observeClaim(attempts.length, clock.monotonicMs() - startedAt);
  return answer;
}

type Settlements = { settle(result: SettleResult): Promise<void>; close(): Promise<void> };

function createSettlements(deps: SessionDeps, input: SendingInput): Settlements {
  const committer = groupCommitter<SettleResult, undefined>({
    flush: async (results) => {
      await deps.store.settleAttempts(input.token, [...results]);
      return results.map(() => undefined);
    },
  });
  const settle = createSettler({
    submit: (result) => committer.submit(result),
    giveUp: input.giveUp,
    clock: deps.clock,
    backoff: deps.tuning.backoff,
    onRetry: (err, failures) => {
      deps.metrics.countSettleRetry();
      deps.logger.warn({ err, failures }, "outcome not stored yet");
    },
    onStored: (result) => {
      if (result.outcome === "acked") deps.onAck();
    },
  });
  return { settle, close: () => committer.close() };
}
