export interface WorkResult {
  requeueAfterMs?: number | undefined;
}

export interface WorkQueueDeps {
  process: (key: string) => Promise<WorkResult>;
  onError: (key: string, error: unknown, retryInMs: number) => void;
  concurrency?: number;
  retryBaseMs?: number;
  retryMaxMs?: number;
}

export interface WorkQueue {
  add(key: string): void;
  /** Resolves when the work in progress is done. Nothing starts afterwards. */
  stop(): Promise<void>;
}

/**
 * A deduplicating queue: a key is worked on by one worker at a time, an add during the work runs it
 * once more, a failure retries with backoff, and a later add cancels the timer of an earlier one.
 */
export const createWorkQueue = (deps: WorkQueueDeps): WorkQueue => {
  const { concurrency = 4, retryBaseMs = 250, retryMaxMs = 60_000 } = deps;
  const waiting = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const timers = new Map<string, NodeJS.Timeout>();
  const failures = new Map<string, number>();
  let isStopped = false;

  const add = (key: string): void => {
    if (isStopped) return;
    clearTimer(key);
    waiting.add(key);
    startNext();
  };

  const clearTimer = (key: string): void => {
    clearTimeout(timers.get(key));
    timers.delete(key);
  };

  const addAfter = (key: string, delayMs: number): void => {
    if (isStopped || waiting.has(key)) return;
    clearTimer(key);
    timers.set(
      key,
      setTimeout(() => add(key), delayMs),
    );
  };

  const startNext = (): void => {
    for (const key of waiting) {
      if (isStopped || running.size >= concurrency) return;
      if (running.has(key)) continue;
      waiting.delete(key);
      running.set(
        key,
        work(key).finally(() => {
          running.delete(key);
          startNext();
        }),
      );
    }
  };

  const work = async (key: string): Promise<void> => {
    try {
      const { requeueAfterMs } = await deps.process(key);
      failures.delete(key);
      if (requeueAfterMs !== undefined) addAfter(key, requeueAfterMs);
    } catch (error) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      const retryInMs = Math.min(retryMaxMs, retryBaseMs * 2 ** Math.min(count, 20));
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

  return { add, stop };
};
