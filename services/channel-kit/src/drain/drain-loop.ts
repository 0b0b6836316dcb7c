import type { BackoffPolicy } from "../backoff.ts";
import { backoffMs } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { OutboundAttempt } from "../driver.ts";
import { maxTimerMs } from "../sleep.ts";
import type { ClaimAnswer } from "../store/channel-store.ts";

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

/**
 * One claim at a time; whatever happens meanwhile piles up into the next one, so the group size
 * follows the load without a timer. After a claim that found less than it asked for, one timer
 * waits for the next due row.
 */
export function createDrainLoop(deps: DrainDeps): DrainLoop {
  const state = { dirty: false, opened: false, closed: false, claiming: false };
  const running = new Set<Promise<void>>();
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  const waiters: (() => void)[] = [];

  const isActive = (): boolean => state.opened && !state.closed;
  const wakeWaiters = (): void => {
    if (running.size > 0 || state.claiming) return;
    for (const resolve of waiters.splice(0)) resolve();
  };
  const arm = (ms: number): void => {
    clearTimeout(timer);
    timer = isActive() ? setTimeout(poke, Math.min(Math.max(ms, 1), maxTimerMs)) : undefined;
  };
  const poke = (): void => {
    state.dirty = true;
    if (isActive() && !state.claiming) void run();
  };
  const start = (attempt: OutboundAttempt): void => {
    const done = deps.dispatch(attempt).finally(() => {
      running.delete(done);
      poke();
      wakeWaiters();
    });
    running.add(done);
  };

  const claimOnce = async (budget: number): Promise<void> => {
    const answer = await deps.claim(budget);
    failures = 0;
    if (!answer.ok) {
      deps.onRefused(answer.code);
      return;
    }
    deps.onClaimed(answer.attempts);
    for (const attempt of answer.attempts) start(attempt);
    if (answer.attempts.length >= budget) state.dirty = true;
    else if (answer.nextDueInMs !== null) arm(answer.nextDueInMs);
  };
  const run = async (): Promise<void> => {
    state.claiming = true;
    while (state.dirty && isActive()) {
      state.dirty = false;
      const budget = deps.budget(deps.concurrency - running.size);
      if (budget <= 0) {
        const waitMs = deps.budgetWaitMs();
        if (waitMs > 0) arm(waitMs);
        break;
      }
      try {
        await claimOnce(budget);
      } catch (error) {
        failures += 1;
        deps.onClaimFailed(error);
        arm(backoffMs(failures, deps.backoff, deps.clock.random()));
        break;
      }
    }
    state.claiming = false;
    wakeWaiters();
  };

  return {
    poke,
    open: () => {
      state.opened = true;
      poke();
    },
    pause: () => {
      state.opened = false;
      clearTimeout(timer);
    },
    inFlight: () => running.size,
    idle: () =>
      running.size === 0 && !state.claiming
        ? Promise.resolve()
        : new Promise((resolve) => waiters.push(resolve)),
    close: () => {
      state.opened = false;
      state.closed = true;
      clearTimeout(timer);
    },
  };
}
