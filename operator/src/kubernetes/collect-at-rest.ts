import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface RestDeps {
  intervalMs?: number;
  /** A full collection; it stops the process for some tens of milliseconds. */
  collect?: () => void;
  /** Processor time used so far, in microseconds. */
  cpuMicros?: () => number;
  /** What the heap takes from the system. */
  heapBytes?: () => number;
}

const busyShare = 0.05;
/** Less is not worth a collection. */
const gainBytes = 8 * 1024 * 1024;

/**
 * Gives memory back once the work is done. V8 collects as it allocates, so a process that goes to rest
 * after a burst keeps what it grew to, for hours. Answers what ends it.
 */
export const collectAtRest = (deps: RestDeps = {}): (() => void) => {
  const { intervalMs = 10_000, collect = exposeCollection() } = deps;
  const { cpuMicros = usedMicros, heapBytes = takenBytes } = deps;
  let cpuBefore = cpuMicros();
  let bytesAtRest = 0;
  const look = (): void => {
    const cpu = cpuMicros();
    const isBusy = cpu - cpuBefore > busyShare * intervalMs * 1000;
    cpuBefore = cpu;
    if (isBusy || heapBytes() - bytesAtRest < gainBytes) return;
    collect();
    bytesAtRest = heapBytes();
    cpuBefore = cpuMicros();
  };
  const timer = setInterval(look, intervalMs).unref();
  return () => clearInterval(timer);
};

/**
 * Node offers it only by a flag, which may be set while it runs. As before a process runs out of memory:
 * what is left is moved together, and pages that became empty go back to the system.
 */
const exposeCollection = (): (() => void) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NodeJS.GCFunction;
  return () => {
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
  };
};

const usedMicros = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const takenBytes = (): number => process.memoryUsage().heapTotal;
