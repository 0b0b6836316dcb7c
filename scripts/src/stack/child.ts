import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

export type ChildSpec = {
  name: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  logFile: string;
  cwd?: string;
};

export type Child = {
  name: string;
  pid: number;
  exited: Promise<number>;
  running: () => boolean;
  /** SIGTERM, then SIGKILL when the process does not leave in time. */
  stop: (timeoutMs?: number) => Promise<void>;
  kill: (signal: NodeJS.Signals) => void;
  tail: () => string;
};

/** Starts one process of ours with its output in a log file. Its owner stops it. */
export const startChild = (spec: ChildSpec): Child => {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, "a");
  const child: ChildProcess = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    stdio: ["ignore", log, log],
    // Its own group: Ctrl-C reaches the supervisor alone, which then stops the rest in order.
    detached: true,
  });
  closeSync(log);
  let running = true;
  const exited = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  }).then((code) => {
    running = false;
    return code;
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (running) child.kill(signal);
  };
  return {
    name: spec.name,
    pid: child.pid ?? -1,
    exited,
    running: () => running,
    kill,
    stop: async (timeoutMs = 15_000) => {
      kill("SIGTERM");
      const timer = setTimeout(() => kill("SIGKILL"), timeoutMs);
      await exited;
      clearTimeout(timer);
    },
    tail: () => readFileSync(spec.logFile, "utf8").split("\n").slice(-12).join("\n"),
  };
};
