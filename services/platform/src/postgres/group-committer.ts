import { AppError } from "../errors/index.ts";
import { makeRest, type RestPolicy } from "../rest/index.ts";
import { AmbiguousCommit } from "./transaction.ts";

export interface GroupCommitterOptions<I, O> {
  /** Commits the items together; one result per item, in the same order. */
  flush: (items: readonly I[]) => Promise<readonly O[]>;
  maxBatch?: number;
  maxQueue?: number;
  rest?: RestPolicy;
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

/** As long as the flush took: half of the time at most is spent on small groups. */
const restPolicy: RestPolicy = { ratio: 1, maxMs: 10 };

/**
 * One flush in flight; what arrives meanwhile is the next group. Where that is less than the last group,
 * it is waited for a little: until it is as much, at most as long as the flush took.
 */
export function groupCommitter<I, O>(options: GroupCommitterOptions<I, O>): GroupCommitter<I, O> {
  const { flush, maxBatch = 100, maxQueue = 10_000 } = options;
  const rest = makeRest(options.rest ?? restPolicy);
  const queue: Pending<I, O>[] = [];
  let lastSize = 0;
  let running: Promise<void> | undefined;
  let closed = false;

  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      // Callers of the same turn join.
      await new Promise((resolve) => setImmediate(resolve));
      const group = queue.splice(0, maxBatch);
      const startedAt = performance.now();
      await commitGroup(flush, group);
      lastSize = group.length;
      if (queue.length < lastSize && !closed) await rest.after(performance.now() - startedAt);
    }
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
      if (queue.length >= lastSize) rest.end();
      running ??= drain();
      return promise;
    },
    close: async () => {
      closed = true;
      rest.end();
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
