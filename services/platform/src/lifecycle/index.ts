import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../logger/index.ts";

type StopFn = () => Promise<void> | void;

export interface Scope {
  /** Registered in start order, run in reverse; each has its own deadline. */
  onStop(name: string, fn: StopFn, options?: { timeoutMs?: number }): void;
  /** False from the first moment of the drain, so that load balancers look away. */
  readonly ready: () => boolean;
  readonly signal: AbortSignal;
  /** Asks for an orderly stop from inside. */
  stop(reason: string, exitCode?: number): void;
}

export interface ServiceOptions {
  name: string;
  logger: Logger;
  start: (scope: Scope) => Promise<void>;
  /** How long it goes on serving once it is told to stop, so that callers let go of it. 0 when left out. */
  drainMs?: number | undefined;
  /** All stops together take no longer than this. */
  stopTimeoutMs?: number;
  exit?: (code: number) => void;
}

interface Stop {
  name: string;
  fn: StopFn;
  timeoutMs: number;
}

/** Runs `start`, then waits for a signal and stops everything in reverse. */
export async function runService(options: ServiceOptions): Promise<void> {
  const { logger, name, stopTimeoutMs = 25_000, drainMs = 0 } = options;
  const exit = options.exit ?? ((code: number): void => process.exit(code));
  const stops: Stop[] = [];
  const abort = new AbortController();
  let started = false;

  const shutDown = async (reason: string, exitCode: number): Promise<void> => {
    if (abort.signal.aborted) {
      if (reason.startsWith("SIG")) exit(1);
      return;
    }
    abort.abort();
    logger.info({ reason }, `${name} stops`);
    const hard = setTimeout(() => {
      logger.error(`${name} did not stop in time`);
      exit(1);
    }, drainMs + stopTimeoutMs);
    await delay(exitCode === 0 ? drainMs : 0);
    const clean = await stopAll(stops, logger);
    clearTimeout(hard);
    exit(clean ? exitCode : 1);
  };

  const scope: Scope = {
    onStop: (stopName, fn, { timeoutMs = 10_000 } = {}) => {
      stops.push({ name: stopName, fn, timeoutMs });
    },
    ready: () => started && !abort.signal.aborted,
    signal: abort.signal,
    stop: (reason, exitCode = 0) => void shutDown(reason, exitCode),
  };
  process.on("SIGTERM", () => void shutDown("SIGTERM", 0));
  process.on("SIGINT", () => void shutDown("SIGINT", 0));
  process.on("uncaughtException", (error) => fatal(error));
  process.on("unhandledRejection", (error) => fatal(error));
  const fatal = (err: unknown): void => {
    logger.fatal({ err }, `${name} failed`);
    void shutDown("failure", 1);
  };
  try {
    await options.start(scope);
    started = true;
    logger.info(`${name} is up`);
  } catch (error) {
    fatal(error);
  }
}

async function stopAll(stops: readonly Stop[], logger: Logger): Promise<boolean> {
  let clean = true;
  for (const { name, fn, timeoutMs } of stops.toReversed()) {
    try {
      await withDeadline(fn, timeoutMs);
    } catch (err) {
      clean = false;
      logger.error({ err, part: name }, "a part did not stop cleanly");
    }
  }
  return clean;
}

async function withDeadline(fn: StopFn, timeoutMs: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not stopped in ${timeoutMs} ms`)), timeoutMs);
  try {
    await Promise.race([Promise.resolve().then(fn), promise]);
  } finally {
    clearTimeout(timer);
  }
}
