import { setTimeout as delay } from "node:timers/promises";
import { residentMegabytes } from "../cpu.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { accountName, applyAccounts, renameAccount } from "./accounts.ts";
import { openAuditWindow, type Traffic } from "./audit-window.ts";
import type { Replica } from "./replicas.ts";
import type { BenchWorld } from "./world.ts";

/** Seconds until every account is Ready, counted from the first apply. */
export const measureApply = async (
  { client, namespace, accounts }: BenchWorld,
  { count, progress }: { count: number; progress: (line: string) => void },
): Promise<number> => {
  const began = performance.now();
  const timer = setInterval(() => progress(`${accounts.ready()} of ${count} Ready`), 5_000);
  try {
    await applyAccounts(client, namespace, count);
    progress(`${count} applied after ${secondsSince(began)} s`);
    const timeoutMs = 120_000 + count * 300;
    await waitUntil("every account to be Ready", () => accounts.ready() === count, timeoutMs, 20);
  } finally {
    clearInterval(timer);
  }
  return (performance.now() - began) / 1000;
};

const secondsSince = (began: number): string => ((performance.now() - began) / 1000).toFixed(1);

const quietSeconds = 5;

/** Waits until the operator has written nothing for a few seconds: what was begun is done. */
export const untilQuiet = async ({ controlPlane, identity }: BenchWorld): Promise<void> => {
  for (let n = 0; n < 24; n += 1) {
    const close = await openAuditWindow(controlPlane.auditLogPath, identity.username);
    await delay(quietSeconds * 1000);
    if ((await close()).writes.length === 0) return;
  }
};

/** What the operator asks of the API server while nobody changes anything. */
export const measureRest = async (
  { controlPlane, identity }: BenchWorld,
  seconds: number,
): Promise<Traffic> => {
  const close = await openAuditWindow(controlPlane.auditLogPath, identity.username);
  await delay(seconds * 1000);
  return close();
};

export type Edits = {
  /** Milliseconds of each edit. */
  took: number[];
  /** Edits whose pods were not replaced in time. */
  unsettled: number;
};

/**
 * Edits of different accounts. Each begins when the pods of the one before are replaced and its status
 * says so, as by a person; or at once, which measures how the replacements of many share the machine.
 */
export const measureEdits = async (
  world: BenchWorld,
  { count, edits, isPatient }: { count: number; edits: number; isPatient: boolean },
): Promise<Edits> => {
  const result: Edits = { took: [], unsettled: 0 };
  for (let n = 0; n < edits; n += 1) {
    // Neighbours share a proxy, and with it a budget for restarts.
    const name = accountName((n * 37) % count);
    const displayName = `Edited ${n} ${isPatient ? "and looked at" : "at once"}`;
    result.took.push(await applyEdit(world, name, displayName));
    if (isPatient && !(await world.accounts.untilSettled(name, displayName))) {
      result.unsettled += 1;
    }
  }
  return result;
};

const applyEdit = async (
  { client, namespace, accounts }: BenchWorld,
  name: string,
  displayName: string,
): Promise<number> => {
  const began = performance.now();
  await renameAccount(client, namespace, { name, displayName });
  return (await accounts.untilApplied(name, displayName)) - began;
};

/** Seconds from the signal until another replica has applied an edit. */
export const measureFailover = async (
  world: BenchWorld,
  signal: "SIGTERM" | "SIGKILL",
  edited: string,
): Promise<number> => {
  const before = await world.replicas.leader();
  const began = performance.now();
  before.child.kill(signal);
  await world.replicas.untilAnotherLeads(before);
  await applyEdit(world, edited, `After ${signal}`);
  const seconds = (performance.now() - began) / 1000;
  await before.child.exited;
  return seconds;
};

const settleMs = 10_000;

/** Megabytes of the leader, once what it read is put in order. */
export const measureMemory = async (replica: Replica): Promise<number> => {
  await delay(settleMs);
  return residentMegabytes(replica.child.pid);
};
