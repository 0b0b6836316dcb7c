import { setTimeout as delay } from "node:timers/promises";
import type { ApiFault } from "../plan/make-plan.ts";
import type { ApiClient } from "../scenario/api-client.ts";
import { endLife, type Life } from "../world/process.ts";
import type { World } from "../world/start-world.ts";
import type { LaneLog } from "./injected.ts";
import { until } from "./until.ts";

export type ApiLaneDeps = { world: World; client: ApiClient; log: LaneLog };

const serveMs = 60_000;
const reachMs = 30_000;

/** Life after life of one API process (with its relay and its sweeper). */
export async function runApiLane(
  deps: ApiLaneDeps,
  api: number,
  faults: readonly ApiFault[],
): Promise<{ stop(): Promise<void> }> {
  let life = start(deps, api, faults[0]);
  for (const [n, fault] of faults.entries()) {
    await inject(deps, api, life, fault);
    life = start(deps, api, faults[n + 1]);
  }
  return { stop: () => endLife(life.running) };
}

type StartedLife = { running: Life; startedAt: number };

function start({ world }: ApiLaneDeps, api: number, next: ApiFault | undefined): StartedLife {
  const crashPoint = next?.kind === "crash" ? `K0b>${next.point}:${next.nth}` : "";
  const running = world.apis[api]?.start(crashPoint);
  if (running === undefined) throw new Error("no such API process");
  return { running, startedAt: Date.now() };
}

async function inject(
  deps: ApiLaneDeps,
  api: number,
  { running, startedAt }: StartedLife,
  fault: ApiFault,
): Promise<void> {
  const gone = (): boolean => !running.isRunning();
  const accepted = (): boolean =>
    deps.client.accepts.some((one) => one.api === api && one.at > startedAt);
  await until(() => gone() || accepted(), serveMs);
  if (fault.kind === "kill") await delay(fault.afterMs);
  const reached = fault.kind === "crash" && (await until(gone, reachMs));
  if (!reached) running.kill("SIGKILL");
  const { at, bySignal } = await running.ended;
  const lane = `orchestrator-${api + 1}`;
  if (!bySignal) deps.log.unexpected(lane, "ended by itself");
  deps.log.injected({
    ...{ lane, at, chained: false, takeover: false },
    what: fault.kind === "crash" ? fault.point : "api_kill",
    reached: fault.kind === "kill" || reached,
    hits: { accounts: [], api },
  });
}
