/** Live: somebody changed something. Resync: nothing is known to have changed. */
export type Priority = "live" | "resync";

/** Every so many takes one is from the back, so that it moves while edits keep coming. */
const resyncShare = 10;

/** Keys that wait for a worker, each once: live ones first, in the order in which they came. */
export interface WaitingList {
  /** False when the key waits already. */
  add(key: string, priority: Priority): boolean;
  has(key: string): boolean;
  /** The next key that may start, and since when it waits. */
  take(mayStart: (key: string) => boolean): { key: string; sinceMs: number } | undefined;
  clear(): void;
}

export const createWaitingList = (nowMs: () => number): WaitingList => {
  const lists = { live: new Map<string, number>(), resync: new Map<string, number>() };
  let takes = 0;

  const takeFrom = (
    keys: Map<string, number>,
    mayStart: (key: string) => boolean,
  ): { key: string; sinceMs: number } | undefined => {
    for (const [key, sinceMs] of keys) {
      if (!mayStart(key)) continue;
      keys.delete(key);
      takes += 1;
      return { key, sinceMs };
    }
    return undefined;
  };

  return {
    add: (key, priority) => {
      const sinceMs = lists.live.get(key) ?? lists.resync.get(key);
      if (sinceMs !== undefined && (priority === "resync" || lists.live.has(key))) return false;
      lists.resync.delete(key);
      lists[priority].set(key, sinceMs ?? nowMs());
      return sinceMs === undefined;
    },
    has: (key) => lists.live.has(key) || lists.resync.has(key),
    take: (mayStart) => {
      const { live, resync } = lists;
      const isFromBack = takes % resyncShare === resyncShare - 1;
      const [first, second] = isFromBack ? [resync, live] : [live, resync];
      return takeFrom(first, mayStart) ?? takeFrom(second, mayStart);
    },
    clear: () => {
      lists.live.clear();
      lists.resync.clear();
    },
  };
};
