import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { ControlPlaneBinaries } from "../binaries/control-plane-binaries.ts";

/** Another process that owns a control plane, made to be killed. */
export type Victim = {
  url: string;
  folder: string;
  kill: () => void;
  /** Command lines of processes that work in its folder. */
  runningPrograms: () => string[];
};

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
};

export const startVictim = async (binaries: ControlPlaneBinaries): Promise<Victim> => {
  const program = resolve(import.meta.dirname, "victim-main.ts");
  const child = spawn(process.execPath, [program, JSON.stringify(binaries)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, "exit").then(() => {
    throw new Error("the process ended before its control plane ran");
  });
  exited.catch(() => undefined);
  const [line] = (await Promise.race([once(lines, "line"), exited])) as [string];
  const { url, folder } = JSON.parse(line) as { url: string; folder: string };
  return {
    url,
    folder,
    kill: () => void child.kill("SIGKILL"),
    runningPrograms: () =>
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(commandLine)
        .filter((text) => text.includes(folder)),
  };
};
