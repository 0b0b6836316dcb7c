import type { BackoffPolicy } from "../backoff.ts";
import { backoffMs } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { OutboundAttempt } from "../driver.ts";
import { createOneShot } from "../one-shot.ts";
import type { ClaimAnswer } from "../store/channel-store.ts";
import { createIdleWaiters } from "./idle-waiters.ts";
import { createInFlight } from "./in-flight.ts";
import { createLoopRest } from "./loop-rest.ts";

export type DrainDeps = {
  claim(max: number): Promise<ClaimAnswer>;
  /** How many may be claimed with so many free slots (pacing says less than all of them). */
  budget(freeSlots: number): number;
  /** How long until the budget can grow without a completion; 0 when only a completion helps. */
  budgetWaitMs(): number;
  onClaimed(attempts: OutboundAttempt[]): void;
  dispatch(attempt: OutboundAttempt): Promise<void>;
  onRefused(code: string): void;
  onClaimFailed(error: unknown): void;
  concurrency: number;
  backoff: BackoffPolicy;
  clock: Clock;
};

export type DrainLoop = {
  /** Something may be due. Cheap, and safe to call from anywhere at any rate. */
  poke(): void;
  open(): void;
  /** No claim starts any more; what is claimed goes on. */
  pause(): void;
  inFlight(): number;
  /** Resolves when nothing is in flight and no claim is running. */
  idle(): Promise<void>;
  close(): void;
};

const idleState = {
  dirty: false,
  opened: false,
  closed: false,
  claiming: false,
  /** The queue held something at the last claim, so a completion may have made room for it. */
  more: true,
  /** The last claim got as many as it asked for. */
  full: false,
  /** While claims were under way, which may have looked before they were stored. */
  completions: 0,
};

/**
 * One claim at a time, and a rest after it: whatever happens meanwhile piles up into the next one, so the
 * group size follows the load. A backlog that meets room for half of what may be in flight ends the rest.
 * After a claim that found less than it asked for, one timer waits for the next due row.
 */
export function createDrainLoop(deps: DrainDeps): DrainLoop {
  const state = { ...idleState };
  const isActive = (): boolean => state.opened && !state.closed;
  const waiters = createIdleWaiters(() => running.size === 0 && !state.claiming);
  const poke = (): void => {
    state.dirty = true;
    if (isActive() && !state.claiming && !rest.isOn()) void run();
  };
  const rest = createLoopRest(deps.clock, () => state.dirty && poke());
  const timer = createOneShot(poke);
  const running = createInFlight(() => {
    if (isWorthACall()) rest.end();
    if (state.claiming) state.completions += 1;
    else if (state.more) poke();
    waiters.wake();
  });
  const freeSlots = (): number => deps.concurrency - running.size;
  const isWorthACall = (): boolean => state.full && freeSlots() >= deps.concurrency / 2;
  const claimRound = createClaimRound(deps, {
    freeSlots,
    start: (attempt) => running.add(deps.dispatch(attempt)),
    // Never in the same turn: a row that is due but held back must not become a hot loop.
    waitFor: (ms) => isActive() && timer.arm(Math.max(ms, 1)),
  });
  const run = async (): Promise<void> => {
    state.claiming = true;
    while (state.dirty && !rest.isOn()) {
      // What ends in the same turn makes room in the same claim.
      await new Promise((resolve) => setImmediate(resolve));
      if (!isActive()) break;
      state.dirty = false;
      const before = state.completions;
      const startedAt = deps.clock.monotonicMs();
      const round = await claimRound();
      state.full = round === "full";
      if (!isWorthACall()) rest.begin(startedAt);
      state.more = round !== "empty";
      if (state.full || (state.more && state.completions > before)) state.dirty = true;
      if (round === "failed") break;
    }
    state.claiming = false;
    waiters.wake();
  };

  return {
    poke,
    open: () => {
      state.opened = true;
      poke();
    },
    pause: () => {
      state.opened = false;
      timer.disarm();
    },
    inFlight: () => running.size,
    idle: waiters.wait,
    close: () => {
      Object.assign(state, { opened: false, closed: true });
      timer.disarm();
      rest.end();
    },
  };
}

type RoundHooks = {
  freeSlots(): number;
  start(attempt: OutboundAttempt): void;
  waitFor(ms: number): void;
};

/**
 * "full": there may be more at once. "drained": the rest has to wait. "empty": nothing is queued at all.
 * "stop": only a completion, a timer or a poke helps. "failed": the store did not answer, a timer comes back.
 */
type RoundEnd = "full" | "drained" | "empty" | "stop" | "failed";

function createClaimRound(deps: DrainDeps, hooks: RoundHooks): () => Promise<RoundEnd> {
  let failures = 0;
  const claim = async (budget: number): Promise<RoundEnd> => {
    const answer = await deps.claim(budget);
    failures = 0;
    if (!answer.ok) {
      deps.onRefused(answer.code);
      return "drained";
    }
    deps.onClaimed(answer.attempts);
    for (const attempt of answer.attempts) hooks.start(attempt);
    if (answer.attempts.length >= budget) return "full";
    if (answer.nextDueInMs === null) return "empty";
    hooks.waitFor(answer.nextDueInMs);
    return "drained";
  };
  return async () => {
    const budget = deps.budget(hooks.freeSlots());
    if (budget <= 0) {
      const waitMs = deps.budgetWaitMs();
      if (waitMs > 0) hooks.waitFor(waitMs);
      return "stop";
    }
    try {
      return await claim(budget);
    } catch (error) {
      failures += 1;
      deps.onClaimFailed(error);
      hooks.waitFor(backoffMs(failures, deps.backoff, deps.clock.random()));
      return "failed";
    }
  };
}
