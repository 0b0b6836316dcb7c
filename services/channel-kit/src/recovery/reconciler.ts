import type { BackoffPolicy } from "../backoff.ts";
import { backoffMs } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import { createOneShot } from "../one-shot.ts";

export type Reconciler = {
  /** Look again in `ms`; an earlier request wins. Ignored while paused. */
  request(ms: number): void;
  /** Runs now and resolves after the first run that worked: sends wait for this. */
  start(): Promise<void>;
  pause(): void;
  idle(): Promise<void>;
};

export type ReconcilerDeps = {
  run(): Promise<number | null>;
  onFailed(error: unknown): void;
  clock: Clock;
  backoff: BackoffPolicy;
};

/** One run at a time; asked again meanwhile, it runs again. A failed run is repeated with backoff. */
export function createReconciler(deps: ReconcilerDeps): Reconciler {
  let dueAt = Number.POSITIVE_INFINITY;
  let active = false;
  let failures = 0;
  let running: Promise<void> | undefined;
  let started: (() => void)[] = [];

  const disarm = (): void => {
    timer.disarm();
    dueAt = Number.POSITIVE_INFINITY;
  };
  const request = (ms: number): void => {
    if (!active) return;
    const at = deps.clock.monotonicMs() + ms;
    if (at >= dueAt) return;
    dueAt = at;
    timer.arm(ms);
  };
  const runOnce = async (): Promise<void> => {
    // Who asks from now on may be on a newer connection and waits for the next run.
    const waiting = started.splice(0);
    try {
      const again = await deps.run();
      failures = 0;
      for (const resolve of waiting) resolve();
      if (again !== null) request(again);
    } catch (error) {
      failures += 1;
      started.unshift(...waiting);
      deps.onFailed(error);
      request(backoffMs(failures, deps.backoff, deps.clock.random()));
    }
  };
  const tick = (): void => {
    disarm();
    if (!active) return;
    if (running !== undefined) {
      void running.then(() => request(0));
      return;
    }
    running = runOnce().finally(() => {
      running = undefined;
    });
  };
  const timer = createOneShot(tick);
  return {
    request,
    start: () => {
      active = true;
      const first = new Promise<void>((resolve) => started.push(resolve));
      tick();
      return first;
    },
    pause: () => {
      active = false;
      disarm();
      started = [];
    },
    idle: () => running ?? Promise.resolve(),
  };
}
