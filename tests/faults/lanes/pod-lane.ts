import { setTimeout as delay } from "node:timers/promises";
import { isRecovery, type PodFault } from "../plan/make-plan.ts";
import type { Account } from "../scenario/people.ts";
import type { Watch } from "../scenario/watch.ts";
import { endLife, type Life } from "../world/process.ts";
import type { World } from "../world/start-world.ts";
import type { LaneLog } from "./injected.ts";
import { startStandby, type Standby } from "./standby.ts";
import { until } from "./until.ts";

export type PodLaneDeps = { world: World; watch: Watch; log: LaneLog };

/** How long a process may take to serve, and then to pass a named place, before it is just killed. */
const serveMs = 60_000;
const reachMs = 30_000;
const recoveryMs = 3_000;

/** Life after life of one account's process, each ended by the next fault of the plan. */
export async function runPodLane(
  deps: PodLaneDeps,
  account: Account,
  faults: readonly PodFault[],
): Promise<{ stop(): Promise<void> }> {
  const standby = await startStandby(deps, account);
  let life = start(deps, account, faults[0]);
  for (const [n, fault] of faults.entries()) {
    await inject({ ...deps, account, standby, next: faults[n + 1] }, life, fault);
    const next = faults[n + 1];
    // A process that lived on was not told where to die; a rolling restart tells it.
    if (life.running.isRunning() && next?.kind === "crash") await endLife(life.running);
    if (!life.running.isRunning()) life = start(deps, account, next);
  }
  return {
    stop: async () => {
      await standby?.stop();
      await endLife(life.running);
    },
  };
}

type StartedLife = { running: Life; startedAt: number };

function start(deps: PodLaneDeps, account: Account, next: PodFault | undefined): StartedLife {
  return { running: deps.world.startPod(account, crashPointOf(next)), startedAt: Date.now() };
}

/** A crash of the reconciler comes before anything is served; every other one after. */
function crashPointOf(fault: PodFault | undefined): string {
  if (fault?.kind !== "crash") return "";
  return isRecovery(fault.point) ? fault.point : `K7>${fault.point}:${fault.nth}`;
}

type Injection = PodLaneDeps & {
  account: Account;
  standby: Standby | undefined;
  next: PodFault | undefined;
};

async function inject(deps: Injection, life: StartedLife, fault: PodFault): Promise<void> {
  // An outage may have given the account to the standby, where no fault of the plan would reach it.
  await deps.standby?.giveBack();
  if (fault.kind === "stop") await stopAndGoOn(deps, life, fault);
  else if (fault.kind === "kill") await killAtRandom(deps, life, fault.afterMs);
  else await awaitCrash(deps, life, fault.point);
}

async function awaitCrash(deps: Injection, life: StartedLife, point: string): Promise<void> {
  const { account, log } = deps;
  const { running, startedAt } = life;
  const gone = (): boolean => !running.isRunning();
  await until(() => gone() || isServing(deps, startedAt), serveMs);
  const reached = await until(gone, point.startsWith("K9") ? recoveryMs : reachMs);
  if (!reached) running.kill("SIGKILL");
  const { at, bySignal } = await running.ended;
  if (!bySignal) log.unexpected(account.pod, `ended by itself, waiting for ${point}`);
  log.injected({
    ...common(deps, at),
    what: point,
    reached: reached && bySignal,
    // Nothing was served since the last fault: the time counts from this one.
    chained: deps.next?.kind === "crash" && isRecovery(deps.next.point),
  });
}

async function killAtRandom(deps: Injection, life: StartedLife, afterMs: number): Promise<void> {
  await untilServing(deps, life);
  await delay(afterMs);
  life.running.kill("SIGKILL");
  const { at, bySignal } = await life.running.ended;
  if (!bySignal) deps.log.unexpected(deps.account.pod, "ended by itself");
  const chained = deps.next?.kind === "crash" && isRecovery(deps.next.point);
  deps.log.injected({ ...common(deps, at), what: "kill", chained });
}

/** Stopped past its lease: the others must not wait for it, and it must not go on as if nothing was. */
async function stopAndGoOn(
  deps: Injection,
  life: StartedLife,
  fault: Extract<PodFault, { kind: "stop" }>,
): Promise<void> {
  await untilServing(deps, life);
  await delay(fault.afterMs);
  const stoppedAt = Date.now();
  life.running.kill("SIGSTOP");
  await delay(fault.forMs);
  life.running.kill("SIGCONT");
  const takeover = deps.standby !== undefined;
  const at = takeover ? stoppedAt : Date.now();
  deps.log.injected({ ...common(deps, at), what: "stop", takeover });
  await until(() => deps.watch.servedAfter(deps.account.id, at), serveMs);
  // The account goes back to the process the next fault is meant for.
  await deps.standby?.giveBack();
}

async function untilServing(deps: Injection, life: StartedLife): Promise<void> {
  await until(() => !life.running.isRunning() || isServing(deps, life.startedAt), serveMs);
}

function isServing(deps: Injection, since: number): boolean {
  return deps.watch.servedAfter(deps.account.id, since);
}

function common(deps: Injection, at: number) {
  const { account } = deps;
  return {
    lane: account.pod,
    at,
    reached: true,
    chained: false,
    takeover: false,
    hits: { accounts: account.tight ? [] : [account.id] },
  };
}
