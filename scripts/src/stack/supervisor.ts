import { setTimeout as delay } from "node:timers/promises";
import { waitUntil } from "../lib/wait-until.ts";
import { startChild, type Child, type ChildSpec } from "./child.ts";

export type Supervised = { name: string; pid: () => number; stop: () => Promise<void> };

/** Resolves to true when the process serves; an address is asked by HTTP. */
export type Ready = string | (() => Promise<boolean>);

const restartDelayMs = (restarts: number): number => Math.min(200 * 2 ** restarts, 10_000);
const readyTimeoutMs = 60_000;

/** Starts a service, waits until it is ready, and starts it again when it dies. */
export const superviseService = async (
  spec: ChildSpec,
  ready: Ready,
  log: (line: string) => void,
  signal?: AbortSignal,
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

  await untilReady(child, ready, signal);
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
const untilReady = async (child: Child, ready: Ready, signal?: AbortSignal): Promise<void> => {
  const over = new AbortController();
  const answers = waitUntil(
    `${child.name} to become ready`,
    typeof ready === "string" ? () => answersOk(ready) : ready,
    readyTimeoutMs,
    { signal: signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]) },
  );
  const ended = child.exited.then((code) => {
    throw new Error(`${child.name} ended with ${code} while starting`);
  });
  try {
    await Promise.race([answers, ended]);
  } catch (error) {
    await child.stop();
    if (signal?.aborted === true) throw error;
    throw new Error(`${(error as Error).message}\n${child.tail()}`, { cause: error });
  } finally {
    over.abort();
    // Whichever lost the race is settled later and must not be unhandled.
    answers.catch(() => undefined);
    ended.catch(() => undefined);
  }
};

const answersOk = async (url: string): Promise<boolean> =>
  (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
