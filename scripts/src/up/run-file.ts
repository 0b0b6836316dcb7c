import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "../stack/start-stack.ts";
import { portDefaults, url, type PortName } from "../stack/services.ts";
import type { DemoOrganization } from "./demo-organization.ts";
import { findLauncher } from "./launcher.ts";

/** What a running system tells the other commands: who runs it and where it answers. */
export type RunFile = {
  pid: number;
  urls: Record<PortName, string>;
  adminUrl: string;
  redisUrl: string;
  demo: DemoOrganization;
};

const fileOf = (stateDir: string): string => join(stateDir, "run.json");

/** The run file of a system whose launcher still lives; a stale file counts as nothing. */
export const readRunFile = (stateDir: string): RunFile | undefined => {
  const launcher = findLauncher(stateDir);
  if (launcher === undefined || !existsSync(fileOf(stateDir))) return undefined;
  const run = JSON.parse(readFileSync(fileOf(stateDir), "utf8")) as RunFile;
  return run.pid === launcher.pid ? run : undefined;
};

export const writeRunFile = (stateDir: string, stack: Stack, demo: DemoOrganization): RunFile => {
  const names = Object.keys(portDefaults) as PortName[];
  const urls = Object.fromEntries(names.map((name) => [name, url(stack.wiring, name)]));
  const run: RunFile = {
    pid: process.pid,
    urls: urls as RunFile["urls"],
    adminUrl: stack.wiring.adminUrl,
    redisUrl: stack.wiring.redisUrl,
    demo,
  };
  const file = fileOf(stateDir);
  writeFileSync(`${file}.new`, JSON.stringify(run, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return run;
};

export const clearRunFile = (stateDir: string): void => rmSync(fileOf(stateDir), { force: true });
