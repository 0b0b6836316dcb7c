import type { ReadStream, StreamPage } from "./org-stream.ts";

/**
 * After a restart every client asks for the same pages at once. Equal reads become one, and only a few
 * run at a time, so that catching up cannot take the connections that accepting needs.
 */
export function shareReads(read: ReadStream, concurrent: number): ReadStream {
  const running = new Map<string, Promise<StreamPage>>();
  const queue: (() => void)[] = [];
  let active = 0;

  const inTurn = async (task: () => Promise<StreamPage>): Promise<StreamPage> => {
    // A finished read hands its place over, so `active` only grows when nobody waits.
    if (active >= concurrent) await new Promise<void>((resolve) => queue.push(resolve));
    else active += 1;
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next) next();
      else active -= 1;
    }
  };

  return (orgId, afterSeq, limit) => {
    const key = `${orgId} ${afterSeq} ${limit}`;
    const shared = running.get(key);
    if (shared !== undefined) return shared;
    // In a later turn, so that the entry is there before the read that removes it.
    const page = Promise.resolve().then(() =>
      inTurn(() => {
        // Started: who asks from now on may want events committed after this read began.
        running.delete(key);
        return read(orgId, afterSeq, limit);
      }),
    );
    running.set(key, page);
    return page;
  };
}
