import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * What tells a process from a later one with the same id: when it started. Undefined when there is
 * no such process.
 */
export const readStartTime = (processId: number): string | undefined => {
  try {
    return process.platform === "linux" ? linuxStartTime(processId) : portableStartTime(processId);
  } catch {
    return undefined;
  }
};

const linuxStartTime = (processId: number): string | undefined => {
  const stat = readFileSync(`/proc/${processId}/stat`, "utf8");
  // The second field, the command, may hold spaces and parentheses: count from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, ticks] = [fields[0], fields[19]];
  if (state === "Z" || ticks === undefined) return undefined;
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return `${boot}/${ticks}`;
};

const portableStartTime = (processId: number): string | undefined => {
  const options = { encoding: "utf8" as const, timeout: 2_000 };
  const started = execFileSync("ps", ["-o", "lstart=", "-p", String(processId)], options).trim();
  return started === "" ? undefined : started;
};

/** Signals a process group we started; an already gone group is not an error. */
export const signalGroup = (processId: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-processId, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
};
