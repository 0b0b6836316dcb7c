import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { readStartTime, signalGroup } from "./process-identity.ts";

const logSizeMax = 10 * 1024 * 1024;

export interface ProcessOptions {
  command: string[];
  workingDir: string | undefined;
  env: Record<string, string>;
  logFile: string;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  error?: string;
}

export interface RunningProcess {
  processId: number | undefined;
  startTime: string | undefined;
  exited: Promise<ProcessExit>;
  /** SIGTERM, then SIGKILL after the grace period. Resolves when the process is gone. */
  stop(graceMs: number): Promise<ProcessExit>;
}

/**
 * Starts a process in a group of its own: Ctrl-C in the terminal reaches the operator only, and the
 * operator stops its children in order.
 */
export const startProcess = (options: ProcessOptions): RunningProcess => {
  const [file = "", ...args] = options.command;
  const log = openLog(options.logFile);
  const child = spawn(file, args, {
    cwd: options.workingDir,
    env: options.env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => resolve({ code: null, signal: null, error: error.message }));
  });
  const { pid } = child;
  return {
    processId: pid,
    startTime: pid === undefined ? undefined : readStartTime(pid),
    exited,
    stop: async (graceMs) => {
      if (pid === undefined) return exited;
      if (child.exitCode === null && child.signalCode === null) signalGroup(pid, "SIGTERM");
      const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
};

const openLog = (file: string): number => {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > logSizeMax) {
    renameSync(file, `${file}.1`);
  }
  return openSync(file, "a", 0o600);
};

export const describeExit = (exit: ProcessExit): string => {
  if (exit.error !== undefined) return `could not start: ${exit.error}`;
  if (exit.signal !== null) return `ended by ${exit.signal}`;
  return `exited with code ${exit.code ?? "unknown"}`;
};
