import { outQueueName, queuePrefix } from "@rarity/contracts/queue";
import type { WakeJob } from "@rarity/contracts/queue";
import { Queue, Worker } from "bullmq";
import type { Logger } from "../logger/index.ts";
import type { Redis } from "../redis/index.ts";

export interface QueueOptions {
  logger?: Logger;
  prefix?: string;
  /** Queue objects kept open; the least recently woken is closed first. */
  maxQueues?: number;
}

export interface WakeQueue {
  /** Never throws: a lost wake-up costs delay only, because holders poll too. */
  wake(accountIds: Iterable<string>): Promise<{ woken: number; failed: number }>;
  close(): Promise<void>;
}

/** Wake-ups pile up to two per account at most: one being handled and one after it. */
export function createWakeQueue(redis: Redis, options: QueueOptions = {}): WakeQueue {
  const { logger, prefix = queuePrefix, maxQueues = 500 } = options;
  const queues = new Map<string, Queue<WakeJob>>();

  const queueOf = (accountId: string): Queue<WakeJob> => {
    const queue = queues.get(accountId) ?? openQueue(accountId);
    queues.delete(accountId);
    queues.set(accountId, queue);
    const oldest = queues.entries().next().value;
    if (queues.size > maxQueues && oldest) {
      queues.delete(oldest[0]);
      void oldest[1].close();
    }
    return queue;
  };
  const openQueue = (accountId: string): Queue<WakeJob> => {
    const queue = new Queue<WakeJob>(outQueueName(accountId), {
      connection: redis,
      prefix,
      skipWaitingForReady: true,
    });
    queue.on("error", (err) => logger?.warn({ err: err.message, accountId }, "queue error"));
    return queue;
  };
  const wakeOne = async (accountId: string): Promise<void> => {
    await queueOf(accountId).add(
      "wake",
      { accountId },
      {
        deduplication: { id: "wake", keepLastIfActive: true },
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
  };

  return {
    wake: async (accountIds) => {
      const results = await Promise.allSettled([...new Set(accountIds)].map(wakeOne));
      const failed = results.filter((result) => result.status === "rejected").length;
      if (failed > 0) logger?.warn({ failed }, "wake-ups were not delivered");
      return { woken: results.length - failed, failed };
    },
    close: async () => {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      queues.clear();
    },
  };
}

export interface WakeWorker {
  close(): Promise<void>;
}

/** Calls `onWake` for each wake-up of one account. `onWake` only marks work to do and returns. */
export function createWakeWorker(
  redis: Redis,
  accountId: string,
  onWake: () => void,
  { logger, prefix = queuePrefix }: QueueOptions = {},
): WakeWorker {
  const connection = redis.duplicate({ maxRetriesPerRequest: null, commandTimeout: undefined });
  connection.on("error", (err: Error) => logger?.warn({ err: err.message }, "redis error"));
  const worker = new Worker<WakeJob>(
    outQueueName(accountId),
    () => {
      onWake();
      return Promise.resolve();
    },
    { connection, prefix },
  );
  worker.on("error", (err) => logger?.warn({ err: err.message, accountId }, "wake worker error"));
  return {
    close: async () => {
      await worker.close(true);
      connection.disconnect();
    },
  };
}
