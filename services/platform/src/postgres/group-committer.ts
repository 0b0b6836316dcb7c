import { AppError } from "../errors/index.ts";
import { AmbiguousCommit } from "./transaction.ts";

export interface GroupCommitterOptions<I, O> {
  /** Commits the items together; one result per item, in the same order. */
  flush: (items: readonly I[]) => Promise<readonly O[]>;
  maxBatch?: number;
  maxQueue?: number;
}

export interface GroupCommitter<I, O> {
  submit(item: I): Promise<O>;
  /** Refuses new items and resolves when everything taken is settled. */
  close(): Promise<void>;
  readonly size: number;
}

interface Pending<I, O> {
  item: I;
  resolve: (value: O) => void;
  reject: (reason: unknown) => void;
}

/** Groups without a timer: one flush in flight, what arrives meanwhile is the next group. */
export function groupCommitter<I, O>(options: GroupCommitterOptions<I, O>): GroupCommitter<I, O> {
  const { flush, maxBatch = 100, maxQueue = 10_000 } = options;
  const queue: Pending<I, O>[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  const drain = async (): Promise<void> => {
    // Let callers of the same tick join the first group.
    await Promise.resolve();
    while (queue.length > 0) await commitGroup(flush, queue.splice(0, maxBatch));
    running = undefined;
  };

  return {
    submit: (item) => {
      if (closed || queue.length >= maxQueue) {
        const why = closed ? "The service is stopping" : "Too much is waiting to be stored";
        return Promise.reject(new AppError("UNAVAILABLE", why, { retryAfterS: 1 }));
      }
      const { promise, resolve, reject } = Promise.withResolvers<O>();
      queue.push({ item, resolve, reject });
      running ??= drain();
      return promise;
    },
    close: async () => {
      closed = true;
      await running;
    },
    get size() {
      return queue.length;
    },
  };
}

async function commitGroup<I, O>(
  flush: GroupCommitterOptions<I, O>["flush"],
  group: readonly Pending<I, O>[],
): Promise<void> {
  try {
    const results = await flush(group.map(({ item }) => item));
    if (results.length !== group.length) throw new Error("a flush must answer every item");
    group.forEach((pending, index) => pending.resolve(results[index] as O));
  } catch (error) {
    // An unknown outcome is not repeated here: the caller knows whether repeating is safe.
    if (group.length === 1 || error instanceof AmbiguousCommit) {
      for (const pending of group) pending.reject(error);
      return;
    }
    for (const pending of group) await commitGroup(flush, [pending]);
  }
}
