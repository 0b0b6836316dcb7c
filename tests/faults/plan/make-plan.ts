import { createRandom, type Random } from "./random.ts";

/** Places in a channel process, in the order of a message's way (send-protocol.md 1.3). */
export const podPoints = [
  ...(["K2", "K3", "K4", "K5", "K6", "K7"] as const),
  ...(["K8a", "K8b", "K8c", "K8d"] as const),
  ...(["K9a", "K9b", "K9c"] as const),
] as const;
export const apiPoints = ["K0a", "K0b", "K1a", "K1b"] as const;
export const infraFaults = ["redis_flush", "redis_kill", "postgres_restart"] as const;

export type PodPoint = (typeof podPoints)[number];
type ApiPoint = (typeof apiPoints)[number];
export type InfraFault = (typeof infraFaults)[number];

/** `crash`: the process ends itself at a named place, the `nth` time it passes after having served. */
type Crash<P> = { kind: "crash"; point: P; nth: number };
type RandomKill = { kind: "kill"; afterMs: number };
/** Stopped for longer than its lease lives, then let go again. */
type Stop = { kind: "stop"; afterMs: number; forMs: number };

export type PodFault = Crash<PodPoint> | RandomKill | Stop;
export type ApiFault = Crash<ApiPoint> | RandomKill;

export type Plan = {
  accounts: PodFault[][];
  apis: ApiFault[][];
  infra: InfraFault[];
  /** The same suite without the write-ahead attempt: it has to show duplicates. */
  naive: PodFault[][];
};

export type PlanInput = {
  seed: number;
  injections: number;
  naiveInjections: number;
  accounts: number;
  apis: number;
  naiveAccounts: number;
};

/** Shares of the whole; the rest is kills and crashes of channel processes. */
const shares = { infra: 0.06, api: 0.12, stop: 0.06, randomKill: 0.13 };

/** Which faults hit whom and in which order. Pure: one seed, one plan. */
export function makePlan(input: PlanInput): Plan {
  const random = createRandom(input.seed);
  const infra = repeatEach(infraFaults, Math.round(input.injections * shares.infra));
  const apiCount = Math.round(input.injections * shares.api);
  const apiFaults: ApiFault[] = [
    ...repeatEach(apiPoints, Math.round(apiCount * 0.8)).map((point) => crash(point, random)),
    ...times(apiCount - Math.round(apiCount * 0.8), () => randomKill(random)),
  ];
  return {
    accounts: planAccounts(input, input.injections - infra.length - apiFaults.length, random),
    apis: deal(random.shuffle(apiFaults), input.apis),
    infra: random.shuffle(infra),
    naive: deal(
      times(input.naiveInjections, () => crash(random.pick(["K5", "K6"] as const), random)),
      input.naiveAccounts,
    ),
  };
}

/** The same plan with one kind of fault left, for a closer look at it. */
export function onlyNamed(plan: Plan, name: string): Plan {
  const isWanted = (fault: PodFault | ApiFault): boolean =>
    (fault.kind === "crash" ? fault.point : fault.kind) === name;
  return {
    accounts: plan.accounts.map((lane) => lane.filter(isWanted)),
    apis: plan.apis.map((lane) => lane.filter(isWanted)),
    infra: plan.infra.filter((fault) => fault === name),
    naive: plan.naive,
  };
}

function planAccounts(input: PlanInput, count: number, random: Random): PodFault[][] {
  const stops = Math.round(input.injections * shares.stop);
  const kills = Math.round(input.injections * shares.randomKill);
  const points = repeatEach(podPoints, count - stops - kills);
  const recoveries = random.shuffle(points.filter(isRecovery)).map((point) => crash(point, random));
  const faults: PodFault[] = [
    ...points.filter((point) => !isRecovery(point)).map((point) => crash(point, random)),
    ...times(kills, () => randomKill(random)),
    ...times(stops, () => stop(random)),
  ];
  const lanes = deal(random.shuffle(faults), input.accounts);
  return insertRecoveries(lanes, recoveries);
}

/** A reconciler has work only after a crash that left an attempt open. */
function insertRecoveries(lanes: PodFault[][], recoveries: PodFault[]): PodFault[][] {
  const left = [...recoveries];
  const result: PodFault[][] = lanes.map(() => []);
  const longest = Math.max(0, ...lanes.map((lane) => lane.length));
  for (let at = 0; at < longest; at += 1) {
    lanes.forEach((lane, n) => {
      const fault = lane[at];
      if (fault === undefined) return;
      result[n]?.push(fault);
      if (!leavesOpen(fault)) return;
      const next = left.shift();
      if (next !== undefined) result[n]?.push(next);
    });
  }
  // Few openings in a small plan: the rest goes to the end of the lanes.
  left.forEach((fault, n) => result[n % Math.max(1, result.length)]?.push(fault));
  return result;
}

export function isRecovery(point: PodPoint): boolean {
  return point.startsWith("K9");
}

export function leavesOpen(fault: PodFault): boolean {
  return fault.kind === "crash" && ["K3", "K4", "K5", "K6"].includes(fault.point);
}

function crash<P extends string>(point: P, random: Random): Crash<P> {
  return { kind: "crash", point, nth: point.startsWith("K9") ? 1 : random.between(1, 3) };
}

function randomKill(random: Random): RandomKill {
  return { kind: "kill", afterMs: random.between(0, 1500) };
}

function stop(random: Random): Stop {
  return { kind: "stop", afterMs: random.between(0, 800), forMs: random.between(16_000, 19_000) };
}

/** Every name as often as every other, as far as the count allows. */
function repeatEach<T>(names: readonly T[], count: number): T[] {
  return times(count, (n) => names[n % names.length] as T);
}

function times<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: Math.max(0, count) }, (_, n) => make(n));
}

function deal<T>(items: readonly T[], hands: number): T[][] {
  return times(hands, (hand) => items.filter((_, n) => n % hands === hand));
}
