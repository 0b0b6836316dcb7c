import { randomUUID } from "node:crypto";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

/** BullMQ alone: add (64 in flight) and process (concurrency 50) in this process. Jobs a second. */
export const measureCeiling = async (redisUrl: string, jobs: number): Promise<number> => {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const name = `ceiling-${randomUUID()}`;
  const queue = new Queue(name, { connection, defaultJobOptions: { removeOnComplete: true } });
  const worker = new Worker(name, () => Promise.resolve(), { connection, concurrency: 50 });
  await worker.waitUntilReady();
  let done = 0;
  const finished = new Promise<void>((resolve) => {
    worker.on("completed", () => {
      done += 1;
      if (done === jobs) resolve();
    });
  });
  const began = performance.now();
  for (let at = 0; at < jobs; at += 64) {
    const group = Array.from({ length: Math.min(64, jobs - at) }, (_, index) =>
      queue.add("send", {
        id: randomUUID(),
        to: `+1555${at + index}`,
        content: { type: "text", text: "a message body of an ordinary length, nothing more" },
      }),
    );
    await Promise.all(group);
  }
  await finished;
  const seconds = (performance.now() - began) / 1000;
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  connection.disconnect();
  return jobs / seconds;
};
