import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { ProcessRecord } from "./process-record.ts";

const logBytesMax = 10 * 1024 * 1024;

export type ChildSpec = {
  name: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  logFile: string;
  cwd?: string;
  /** Another user than ours, for a program that refuses to run as root. */
  uid?: number;
  gid?: number;
  /** What asks it to leave; SIGTERM unless the program wants another one. */
  stopSignal?: NodeJS.Signals;
  /** How long it may take to leave before it is killed. */
  stopTimeoutMs?: number;
  /** Where it is noted while it runs, so that a later command can end it. */
  record?: ProcessRecord;
};

export type Child = {
  name: string;
  pid: number;
  exited: Promise<number>;
  running: () => boolean;
  /** The stop signal, then SIGKILL when the process does not leave in time. */
  stop: (timeoutMs?: number) => Promise<void>;
  kill: (signal: NodeJS.Signals) => void;
  tail: () => string;
};

/** Starts one process of ours with its output in a log file. Its owner stops it. */
export const startChild = (spec: ChildSpec): Child => {
  const child = spawnWithLog(spec);
  const pid = child.pid ?? -1;
  const stopSignal = spec.stopSignal ?? "SIGTERM";
  if (child.pid !== undefined) spec.record?.add({ name: spec.name, pid, signal: stopSignal });
  let running = true;
  const exited = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  }).then((code) => {
    running = false;
    spec.record?.remove(pid);
    return code;
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (running) child.kill(signal);
  };
  return {
    name: spec.name,
    pid,
    exited,
    running: () => running,
    kill,
    stop: async (timeoutMs = spec.stopTimeoutMs ?? 15_000) => {
      kill(stopSignal);
      const timer = setTimeout(() => kill("SIGKILL"), timeoutMs);
      await exited;
      clearTimeout(timer);
    },
    tail: () => readFileSync(spec.logFile, "utf8").trimEnd().split("\n").slice(-12).join("\n"),
  };
};

const spawnWithLog = (spec: ChildSpec): ChildProcess => {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const bytes = statSync(spec.logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > logBytesMax) renameSync(spec.logFile, `${spec.logFile}.1`);
  const log = openSync(spec.logFile, "a", 0o600);
  try {
    return spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env,
      ...(spec.uid === undefined ? {} : { uid: spec.uid }),
      ...(spec.gid === undefined ? {} : { gid: spec.gid }),
      stdio: ["ignore", log, log],
      // Its own group: Ctrl-C reaches the supervisor alone, which then stops the rest in order.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
};
