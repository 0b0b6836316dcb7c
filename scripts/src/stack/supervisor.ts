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

  const first = child;
  await waitUntil(
    `${spec.name} to become ready`,
    async () => {
      if (!first.running()) throw new Error(`it ended at once:\n${first.tail()}`);
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) });
      return answer.ok;
    },
    30_000,
  ).catch(async (error: unknown) => {
    await first.stop();
    throw new Error(`${(error as Error).message}\n${first.tail()}`);
  });
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
