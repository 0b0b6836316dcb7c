import { createBackoff, type Backoff } from "./backoff.ts";
import { createWaitingList, type Priority } from "./waiting-list.ts";

export interface WorkResult {
  requeueAfterMs?: number | undefined;
}

/** What the queue tells whoever measures it. */
export interface QueueObserver {
  onAdd?(key: string): void;
  onStart?(key: string, waitedMs: number): void;
  onDone?(key: string, tookMs: number): void;
  onRetry?(key: string): void;
}

export interface WorkQueueDeps {
  process: (key: string) => Promise<WorkResult>;
  onError: (key: string, error: unknown, retryInMs: number) => void;
  /** Keys worked on at the same time. */
  concurrency?: number;
  backoff?: Backoff;
  observer?: QueueObserver;
  nowMs?: () => number;
}

export interface WorkQueue {
  add(key: string, priority?: Priority): void;
  /** Not before so long, unless it is added meanwhile. */
  addAfter(key: string, delayMs: number): void;
  /** Resolves when the work in progress is done. Nothing starts afterwards. */
  stop(): Promise<void>;
}

/**
 * A deduplicating queue: a key is worked on by one worker at a time, an add during the work runs it
 * once more, a failure retries with backoff, and an add cancels the timer of the same key.
 */
export const createWorkQueue = (deps: WorkQueueDeps): WorkQueue => {
  const { concurrency = 4, backoff = createBackoff(), observer = {} } = deps;
  const { nowMs = () => performance.now() } = deps;
  const waiting = createWaitingList(nowMs);
  const running = new Map<string, Promise<void>>();
  const timers = new Map<string, { timer: NodeJS.Timeout; atMs: number }>();
  let isStopped = false;

  const add = (key: string, priority: Priority = "live"): void => {
    if (isStopped) return;
    clearTimer(key);
    if (waiting.add(key, priority)) observer.onAdd?.(key);
    startNext();
  };

  const clearTimer = (key: string): void => {
    clearTimeout(timers.get(key)?.timer);
    timers.delete(key);
  };

  const addAfter = (key: string, delayMs: number): void => {
    if (isStopped || waiting.has(key)) return;
    const atMs = nowMs() + delayMs;
    if ((timers.get(key)?.atMs ?? Infinity) <= atMs) return;
    clearTimer(key);
    timers.set(key, { timer: setTimeout(() => add(key), delayMs), atMs });
  };

  const startNext = (): void => {
    while (!isStopped && running.size < concurrency) {
      const next = waiting.take((key) => !running.has(key));
      if (next === undefined) return;
      observer.onStart?.(next.key, nowMs() - next.sinceMs);
      running.set(next.key, run(next.key));
    }
  };

  const run = async (key: string): Promise<void> => {
    const startedMs = nowMs();
    await work(key);
    observer.onDone?.(key, nowMs() - startedMs);
    running.delete(key);
    startNext();
  };

  const work = async (key: string): Promise<void> => {
    try {
      const { requeueAfterMs } = await deps.process(key);
      backoff.forget(key);
      if (requeueAfterMs !== undefined) addAfter(key, requeueAfterMs);
    } catch (error) {
      const retryInMs = backoff.next(key);
      observer.onRetry?.(key);
      deps.onError(key, error, retryInMs);
      addAfter(key, retryInMs);
    }
  };

  const stop = async (): Promise<void> => {
    isStopped = true;
    waiting.clear();
    for (const key of [...timers.keys()]) clearTimer(key);
    await Promise.all(running.values());
  };

  return { add, addAfter, stop };
};
