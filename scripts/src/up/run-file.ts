import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "../stack/start-stack.ts";
import { portDefaults, url, type PortName } from "../stack/services.ts";
import type { DemoOrganization } from "./demo-organization.ts";

/** What a running system tells the other commands: who runs it and where it answers. */
export type RunFile = {
  pid: number;
  urls: Record<PortName, string>;
  adminUrl: string;
  redisUrl: string;
  demo: DemoOrganization;
};

const fileOf = (stateDir: string): string => join(stateDir, "run.json");

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The run file of a system whose supervisor still lives; a stale file counts as nothing. */
export const readRunFile = (stateDir: string): RunFile | undefined => {
  if (!existsSync(fileOf(stateDir))) return undefined;
  const run = JSON.parse(readFileSync(fileOf(stateDir), "utf8")) as RunFile;
  return alive(run.pid) ? run : undefined;
};

export const assertNotRunning = (stateDir: string): void => {
  const run = readRunFile(stateDir);
  if (run !== undefined) {
    throw new Error(`it runs already at ${run.urls.edge} (pid ${run.pid}). scripts/down stops it.`);
  }
};

export const writeRunFile = (stateDir: string, stack: Stack, demo: DemoOrganization): void => {
  const names = Object.keys(portDefaults) as PortName[];
  const urls = Object.fromEntries(names.map((name) => [name, url(stack.wiring, name)]));
  const run = {
    pid: process.pid,
    urls,
    adminUrl: stack.wiring.adminUrl,
    redisUrl: stack.wiring.redisUrl,
    demo,
  };
  writeFileSync(fileOf(stateDir), JSON.stringify(run, null, 2), { mode: 0o600 });
};

export const clearRunFile = (stateDir: string): void => rmSync(fileOf(stateDir), { force: true });
