import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Launch } from "../binaries/control-plane-binaries.ts";

const scripts = resolve(import.meta.dirname, "../../../cluster");

export type Component = {
  name: string;
  /** Its exit code once it has ended. */
  exited: Promise<number>;
  /** The last lines of its log. */
  tail: () => string;
  /** Ends it at once, unless it is given its own time: the state is thrown away. */
  stop: () => Promise<void>;
};

type Kept = { exited: Promise<number>; release: () => void };
type KeepOptions = {
  output: number | "ignore";
  env?: NodeJS.ProcessEnv;
  /** What stands before the command line; see place.ts. */
  enter?: readonly string[];
};

/** A process that ends when this one lets go of its standard input, also by dying. */
const spawnKept = (
  script: string,
  args: readonly string[],
  { output, env, enter = [] }: KeepOptions,
): Kept => {
  const [file, ...before] = [...enter, "sh"];
  const child = spawn(file, [...before, resolve(scripts, script), ...args], {
    stdio: ["pipe", output, output],
    env: { ...process.env, ...env },
    // A session of its own: Ctrl-C reaches the owner alone.
    detached: true,
  });
  const exited = new Promise<number>((done) => {
    child.once("error", () => done(127));
    child.once("exit", (code) => done(code ?? 1));
  });
  child.stdin?.on("error", () => undefined);
  return { exited, release: () => child.stdin?.end() };
};

export type ComponentLaunch = Launch & {
  /** For a program that has to clean up behind itself; any other is killed. */
  stopSignal?: "TERM";
  /** Where it runs; on the machine itself when left out. */
  enter?: readonly string[];
  env?: Readonly<Record<string, string>> | undefined;
};

export const startComponent = (
  name: string,
  launch: ComponentLaunch,
  flags: readonly string[],
  logFile: string,
): Component => {
  const log = openSync(logFile, "a");
  const kept = spawnKept("keep.sh", [launch.file, ...launch.args, ...flags], {
    output: log,
    enter: launch.enter ?? [],
    env: {
      ...launch.env,
      ...(launch.stopSignal === undefined ? {} : { KEEP_SIGNAL: launch.stopSignal }),
    },
  });
  closeSync(log);
  return {
    name,
    exited: kept.exited,
    tail: () => readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-20).join("\n"),
    stop: async () => {
      kept.release();
      await kept.exited;
    },
  };
};

/** Removes the folder, and the control groups that have its name, when it is asked to, or when this process dies. */
export const startSweeper = (folder: string): { sweep: () => Promise<void> } => {
  const kept = spawnKept("sweep.sh", [folder], { output: "ignore" });
  return {
    sweep: async () => {
      kept.release();
      await kept.exited;
    },
  };
};
