import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { collectEvidence } from "./judge/collect.ts";
import type { Evidence } from "./judge/evidence.ts";
import { runApiLane } from "./lanes/api-lane.ts";
import { runInfraLane } from "./lanes/infra-lane.ts";
import type { Injected, LaneLog } from "./lanes/injected.ts";
import { runPodLane } from "./lanes/pod-lane.ts";
import { makePlan, onlyNamed, type Plan } from "./plan/make-plan.ts";
import { createRandom } from "./plan/random.ts";
import type { Options } from "./options.ts";
import { createApiClient, type ApiClient } from "./scenario/api-client.ts";
import { comeToRest } from "./scenario/come-to-rest.ts";
import { createPeople, type Account } from "./scenario/people.ts";
import { startTraffic } from "./scenario/traffic.ts";
import { startWatch, type Watch } from "./scenario/watch.ts";
import { startWorld, type World } from "./world/start-world.ts";

export type Progress = (line: string) => void;

type PhaseResult = {
  faults: Injected[];
  unexpected: string[];
  evidence: Evidence;
  accepts: readonly { api: number; at: number }[];
};

export type RunResult = { main: PhaseResult; naive: PhaseResult | undefined };

const apis = 2;
const naiveAccounts = 2;
const restMs = 120_000;
const infraPauseMs = 8_000;

/** One world, two phases: the system as it is, and then without its write-ahead attempt. */
export async function runFaults(options: Options, progress: Progress): Promise<RunResult> {
  const whole = makePlan({ ...options, apis, naiveAccounts });
  const plan = options.only === undefined ? whole : onlyNamed(whole, options.only);
  const world = await startWorld({ root: process.cwd(), apis, keep: options.keep, progress });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void world.stop().then(() => process.exit(130)));
  }
  try {
    progress("Pairing accounts, leads and their linked devices ...");
    const people = await createPeople(world, {
      ...{ accounts: options.accounts, leadsEach: 2 },
      naiveAccounts: options.naiveInjections > 0 ? naiveAccounts : 0,
      standbys: Math.min(1, options.accounts - 1),
    });
    const regular = people.filter((account) => !account.naive);
    progress(`${regular.length} accounts are paired; ${options.injections} faults follow`);
    const main = await runPhase(world, regular, plan, { options, progress });
    const reckless = people.filter((account) => account.naive);
    if (reckless.length === 0) return { main, naive: undefined };
    progress("The same without the write-ahead attempt, which has to show duplicates:");
    const bare: Plan = { accounts: plan.naive, apis: [[], []], infra: [], naive: [] };
    return { main, naive: await runPhase(world, reckless, bare, { options, progress }) };
  } finally {
    await world.stop();
  }
}

type PhaseContext = { options: Options; progress: Progress };
type Lane = { stop(): Promise<void> };

async function runPhase(
  world: World,
  accounts: Account[],
  plan: Plan,
  { options, progress }: PhaseContext,
): Promise<PhaseResult> {
  const faults: Injected[] = [];
  const unexpected: string[] = [];
  const log = createLog(faults, unexpected, plan, progress);
  const random = createRandom(options.seed + 1);
  const watch = startWatch(world);
  const urls = world.apis.map(({ url }) => url);
  const client = createApiClient(urls, world.token);
  const complaints = new Map<string, number>();
  const traffic = startTraffic({
    ...{ world, accounts, api: client, watch, random },
    onError: (error) => count(complaints, String(error).slice(0, 160)),
  });
  const lanes = await runLanes({ world, accounts, plan, watch, client, log, random });
  await traffic.stop();
  progress("All faults are in; waiting for everything to come to rest ...");
  if (!(await comeToRest(world, accounts, traffic, restMs))) progress("It did not come to rest.");
  await traffic.finalRound();
  if (!(await comeToRest(world, accounts, traffic, restMs))) progress("Not at rest in the end.");
  for (const [what, times] of complaints) progress(`traffic: ${times} x ${what}`);
  const evidence = await collectEvidence(world, accounts, traffic);
  if (options.keep) {
    const events = await world.sandbox.events();
    await writeFile(
      join(world.folder, "evidence.json"),
      JSON.stringify({ faults, events, ...evidence }),
    );
  }
  await watch.stop();
  await Promise.all(lanes.map((lane) => lane.stop()));
  return { faults, unexpected, evidence, accepts: client.accepts };
}

type LaneInput = {
  world: World;
  accounts: Account[];
  plan: Plan;
  watch: Watch;
  client: ApiClient;
  log: LaneLog;
  random: ReturnType<typeof createRandom>;
};

/** All side by side; resolves with the running processes when every fault has been injected. */
async function runLanes(input: LaneInput): Promise<Lane[]> {
  const { plan, accounts } = input;
  const pods = accounts.map((account, n) => runPodLane(input, account, plan.accounts[n] ?? []));
  const apiLanes = plan.apis.map((faults, n) => runApiLane(input, n, faults));
  // Spread over about the time the accounts need for theirs.
  const longest = Math.max(...plan.accounts.map((lane) => lane.length));
  const everyMs = Math.max(infraPauseMs, (longest * 6_000) / Math.max(1, plan.infra.length));
  const infra = delay(3_000).then(() => runInfraLane({ ...input, everyMs }, plan.infra));
  const [running] = await Promise.all([Promise.all([...pods, ...apiLanes]), infra]);
  return running;
}

function createLog(
  faults: Injected[],
  unexpected: string[],
  plan: Plan,
  progress: Progress,
): LaneLog {
  const lists = [...plan.accounts, ...plan.apis, plan.infra];
  const planned = lists.reduce((sum, list) => sum + list.length, 0);
  const startedAt = Date.now();
  return {
    injected: (fault) => {
      faults.push(fault);
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      const place = fault.reached ? fault.what : `${fault.what} (not reached, killed)`;
      progress(
        `${String(seconds).padStart(4)} s  ${faults.length}/${planned}  ${fault.lane}  ${place}`,
      );
    },
    unexpected: (lane, detail) => {
      unexpected.push(`${lane}: ${detail}`);
      progress(`UNEXPECTED ${lane}: ${detail}`);
    },
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
