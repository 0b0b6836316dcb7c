import { randomUUID } from "node:crypto";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { warmUpMessages } from "./drive.ts";

/** Jobs added at once; the worker takes as many as a busy one would. */
const inFlight = 64;
const concurrency = 50;

/**
 * BullMQ alone: one process adds and processes jobs that carry a whole message, nothing else is stored.
 * Jobs a second, after a warm-up as long as the pipelines get.
 */
export const measureCeiling = async (redisUrl: string, jobs: number): Promise<number> => {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const name = `ceiling-${randomUUID()}`;
  const queue = new Queue(name, { connection, defaultJobOptions: { removeOnComplete: true } });
  const worker = new Worker(name, () => Promise.resolve(), { connection, concurrency });
  await worker.waitUntilReady();
  try {
    await addAndProcess(queue, worker, warmUpMessages);
    return await addAndProcess(queue, worker, jobs);
  } finally {
    await worker.close();
    await queue.obliterate({ force: true });
    await queue.close();
    connection.disconnect();
  }
};

const addAndProcess = async (queue: Queue, worker: Worker, jobs: number): Promise<number> => {
  const { promise: finished, resolve: finish } = Promise.withResolvers<undefined>();
  let done = 0;
  const count = (): void => {
    done += 1;
    if (done === jobs) finish(undefined);
  };
  worker.on("completed", count);
  const began = performance.now();
  for (let at = 0; at < jobs; at += inFlight) {
    const size = Math.min(inFlight, jobs - at);
    await Promise.all(Array.from({ length: size }, (_, index) => add(queue, at + index)));
  }
  await finished;
  worker.off("completed", count);
  return (jobs / (performance.now() - began)) * 1000;
};

const add = (queue: Queue, n: number): Promise<unknown> =>
  queue.add("send", {
    id: randomUUID(),
    to: `+1555${n}`,
    content: { type: "text", text: "a message body of an ordinary length, nothing more" },
  });
