import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readStartTime } from "../../../operator/src/cluster/local/processes/process-identity.ts";

export type RecordedProcess = {
  name: string;
  pid: number;
  /** When it started, which tells it from a later process that got the same id. */
  started: string;
  signal: NodeJS.Signals;
};

/** The processes a start has running now, kept in a file for the case that the start itself is killed. */
export type ProcessRecord = {
  add: (entry: Omit<RecordedProcess, "started">) => void;
  remove: (pid: number) => void;
};

const fileOf = (stateDir: string): string => join(stateDir, "processes.json");

export const openRecord = (stateDir: string): ProcessRecord => {
  const entries = new Map<number, RecordedProcess>();
  const write = (): void => {
    const file = fileOf(stateDir);
    if (entries.size === 0) {
      rmSync(file, { force: true });
      return;
    }
    writeFileSync(`${file}.new`, JSON.stringify([...entries.values()], null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  return {
    add: (entry) => {
      const started = readStartTime(entry.pid);
      // Gone already: there is nothing a later command could end.
      if (started === undefined) return;
      entries.set(entry.pid, { ...entry, started });
      write();
    },
    remove: (pid) => {
      if (entries.delete(pid)) write();
    },
  };
};

export const readRecord = (stateDir: string): RecordedProcess[] => {
  const file = fileOf(stateDir);
  if (!existsSync(file)) return [];
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RecordedProcess[];
  } catch {
    return [];
  }
};

export const clearRecord = (stateDir: string): void => rmSync(fileOf(stateDir), { force: true });
