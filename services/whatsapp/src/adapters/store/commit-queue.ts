/**
 * Group commit without a timer: one flush runs, what arrives meanwhile waits and goes with the
 * next one. A failed flush fails its whole group; callers retry or stop.
 */
export type CommitQueue<T> = { push(item: T): Promise<void>; idle(): Promise<void> };

type Waiting<T> = { item: T; resolve: () => void; reject: (error: Error) => void };

export function createCommitQueue<T>(
  flush: (items: readonly T[]) => Promise<void>,
  groupMax: number,
): CommitQueue<T> {
  let waiting: Waiting<T>[] = [];
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, groupMax);
      waiting = waiting.slice(groupMax);
      try {
        await flush(group.map((entry) => entry.item));
        for (const entry of group) entry.resolve();
      } catch (error) {
        const reason = error instanceof Error ? error : new Error(String(error));
        for (const entry of group) entry.reject(reason);
      }
    }
    // In the same turn as the last look at `waiting`: a push right after it must start a new run.
    running = undefined;
  };

  return {
    push(item) {
      return new Promise<void>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (running !== undefined) return;
        // Started one turn later, so that `running` is set before `run` can clear it.
        running = Promise.resolve().then(run);
      });
    },
    idle: () => running ?? Promise.resolve(),
  };
}
