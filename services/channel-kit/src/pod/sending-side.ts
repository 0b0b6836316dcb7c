import { groupCommitter } from "@rarity/platform/postgres";
import { backoffMs } from "../backoff.ts";
import { createDrainLoop } from "../drain/drain-loop.ts";
import type { DrainLoop } from "../drain/drain-loop.ts";
import type { RunnerDeps } from "../drain/attempt-runner.ts";
import { runAttempt } from "../drain/attempt-runner.ts";
import { gateIsOpen } from "../drain/gate.ts";
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

/**
 * When an attempt without an answer is looked at: long enough for a late ack to come in, and later
 * each time, since every look may cost another copy.
 */
const lookAgain = { baseMs: 2000, maxMs: 30_000 };
/** How often a lease that is about to run out is looked at again. */
const gatePollMs = 250;

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
  const { store, clock, logger, metrics, pacer } = deps;
  const { token } = input;
  const ledger = createAttemptLedger({ holder: deps.holder, token, clock });
  const settlements = createSettlements(deps, input, () => loop.poke());
  // Reading the open rows between a claim's commit and its answer would take its rows for lost ones.
  const oneAtATime = createMutex();
  const gateOpen = (): boolean =>
    gateIsOpen(input.leaseRemainingMs(), deps.driver.timing.writeWindowMs);

  const runner: RunnerDeps = {
    ...deps,
    ledger,
    leaseRemainingMs: input.leaseRemainingMs,
    signal: input.fence,
    settle: settlements.settle,
    onLeftOpen: () => recovery.onLeftOpen(),
    onWritten: () => loop.poke(),
  };
  const recovery = createRecovery(deps, () =>
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
  );
  const { reconciler } = recovery;
  const loop = createDrainLoop({
    claim: (max) => oneAtATime(() => claimNoted(deps, token, ledger, max)),
    // What could not be written any more under this lease is not claimed either.
    budget: (free) => (gateOpen() ? pacer.budget(free) : 0),
    budgetWaitMs: () => (gateOpen() ? pacer.waitMs() : gatePollMs),
    onClaimed: (attempts) => {
      if (attempts.length > 0) deps.crashPoint("K2");
    },
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
    backoff: deps.tuning.storeBackoff,
    clock,
  });
  return { loop, reconciler, close: settlements.close };
}

type Recovery = { reconciler: Reconciler; onLeftOpen(): void };

function createRecovery(deps: SessionDeps, run: () => Promise<number | null>): Recovery {
  const { clock, logger } = deps;
  let leftOpen = 0;
  const reconciler = createReconciler({
    run: async () => {
      const before = leftOpen;
      const againMs = await run();
      // Nothing stayed open this time: the next one is looked at soon again.
      if (leftOpen === before) leftOpen = 0;
      return againMs;
    },
    onFailed: (err) => logger.warn({ err }, "open attempts could not be reconciled yet"),
    clock,
    backoff: deps.tuning.storeBackoff,
  });
  const onLeftOpen = (): void => {
    leftOpen += 1;
    reconciler.request(backoffMs(leftOpen, lookAgain, clock.random()));
  };
  return { reconciler, onLeftOpen };
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

function createSettlements(
  deps: SessionDeps,
  input: SendingInput,
  onQueuedAgain: () => void,
): Settlements {
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
    backoff: deps.tuning.storeBackoff,
    onRetry: (err, failures) => {
      deps.metrics.countSettleRetry();
      deps.logger.warn({ err, failures }, "outcome not stored yet");
    },
    onStored: (result) => {
      if (result.outcome === "acked") deps.onAck();
      // The queue may have been empty at the last claim; now it says when to try again.
      else onQueuedAgain();
    },
  });
  return { settle, close: () => committer.close() };
}
