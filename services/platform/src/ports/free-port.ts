import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/**
 * Ports to hand out: below those the system gives to outgoing connections and to `listen(0)` (from 32768
 * on Linux, 49152 elsewhere) and below Kubernetes' node ports, so that none of them comes in between.
 */
const firstPort = 20_000;
const blockSize = 16;
const blockCount = 625;

/** The ports of a block this process may still hand out. */
let block: { next: number; end: number } = { next: 0, end: 0 };
let claiming: Promise<void> | undefined;

/**
 * A free port on loopback, handed out once in this process and to no other one as long as this process
 * lives: what starts on it later (seconds later, for a database) finds it free.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = block.next;
    if (port >= block.end) {
      claiming ??= claimBlock().finally(() => (claiming = undefined));
      await claiming;
      continue;
    }
    block.next += 1;
    if (await isFree(port)) return port;
  }
};

/** The wanted port when nobody listens on it, otherwise any free one; 0 wants none. */
export const preferPort = async (wanted: number): Promise<number> =>
  wanted > 0 && (await isFree(wanted)) ? wanted : freePort();

/** Whether nobody listens on this port of loopback now. */
export const isFree = async (port: number): Promise<boolean> => {
  const server = await hold(port);
  if (server === undefined) return false;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return true;
};

/**
 * Listening on the first port of a block is what makes the rest of it ours: the system sees to it that one
 * process does, and ends it with the process, however that dies.
 */
async function claimBlock(): Promise<void> {
  const start = randomInt(blockCount);
  for (let step = 0; step < blockCount; step += 1) {
    const head = firstPort + ((start + step) % blockCount) * blockSize;
    const server = await hold(head);
    if (server === undefined) continue;
    server.unref();
    block = { next: head + 1, end: head + blockSize };
    return;
  }
  throw new Error(`no free ports from ${firstPort} to ${firstPort + blockCount * blockSize - 1}`);
}

const hold = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server));
  });
