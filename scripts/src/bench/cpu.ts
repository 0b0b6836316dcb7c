import { readFileSync, readdirSync } from "node:fs";

const ticksPerSecond = 100;

const fieldsOf = (pid: number): string[] => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
};

const own = (fields: string[]): number => Number(fields[11] ?? 0) + Number(fields[12] ?? 0);

/** CPU seconds a process has used so far. */
export const cpuSeconds = (pid: number): number => own(fieldsOf(pid)) / ticksPerSecond;

const ofEnded = (root: string[]): number => Number(root[13] ?? 0) + Number(root[14] ?? 0);

/** The same for a process and its children, those that ended included: Postgres with its backends. */
export const treeCpuSeconds = (pid: number): number => {
  const root = fieldsOf(pid);
  let ticks = own(root) + ofEnded(root);
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fields = fieldsOf(Number(name));
    if (Number(fields[1]) === pid) ticks += own(fields);
  }
  // One that ended meanwhile was seen neither alive nor ended, and would count for whoever measures next.
  return ofEnded(fieldsOf(pid)) === ofEnded(root) ? ticks / ticksPerSecond : treeCpuSeconds(pid);
};

export const residentMegabytes = (pid: number): number => {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round(Number(line?.[1] ?? 0) / 1024);
};
