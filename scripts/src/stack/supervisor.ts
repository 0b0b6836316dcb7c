import { setTimeout as delay } from "node:timers/promises";
import { waitUntil } from "../lib/wait-until.ts";
import { startChild, type Child, type ChildSpec } from "./child.ts";

export type Supervised = { name: string; pid: () => number; stop: () => Promise<void> };

const restartDelayMs = (restarts: number): number => Math.min(200 * 2 ** restarts, 10_000);

/** Starts a service, waits until it is ready, and starts it again when it dies. */
export const superviseService = async (
  spec: ChildSpec,
  readyUrl: string,
  log: (line: string) => void,
): Promise<Supervised> => {
  let stopping = false;
  let restarts = 0;
  let child: Child = startChild(spec);

  const watch = async (watched: Child): Promise<void> => {
    const startedAt = performance.now();
    const code = await watched.exited;
    if (stopping) return;
    if (performance.now() - startedAt > 60_000) restarts = 0;
    log(`${spec.name} ended with ${code}; starting it again (log: ${spec.logFile})`);
    await delay(restartDelayMs(restarts));
    restarts += 1;
    if (isStopping()) return;
    child = startChild(spec);
    void watch(child);
  };
  const isStopping = (): boolean => stopping;

  await untilReady(child, readyUrl);
  void watch(child);
  return {
    name: spec.name,
    pid: () => child.pid,
    stop: async () => {
      stopping = true;
      await child.stop();
    },
  };
};

/** Ready, or an error with the last lines of its log; a process that ends is not waited for. */
const untilReady = async (child: Child, readyUrl: string): Promise<void> => {
  const answers = waitUntil(
    `${child.name} to become ready`,
    async () => (await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) })).ok,
    30_000,
  );
  const ended = child.exited.then((code) => {
    throw new Error(`${child.name} ended with ${code} while starting`);
  });
  try {
    await Promise.race([answers, ended]);
  } catch (error) {
    await child.stop();
    throw new Error(`${(error as Error).message}\n${child.tail()}`, { cause: error });
  } finally {
    // Whichever lost the race is settled later and must not be unhandled.
    answers.catch(() => undefined);
    ended.catch(() => undefined);
  }
};
