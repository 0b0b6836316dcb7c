import { describeMachine } from "../report.ts";
import { accountName } from "./accounts.ts";
import { judgeOperator, percentile, type OperatorMetrics } from "./judge.ts";
import {
  measureApply,
  measureEdits,
  measureFailover,
  measureMemory,
  measureRest,
  untilQuiet,
  type Edits,
} from "./measure.ts";
import type { Traffic } from "./audit-window.ts";
import { tableOfOperator } from "./report.ts";
import { openBenchWorld, type BenchWorld } from "./world.ts";

export type OperatorBenchOptions = {
  root: string;
  accounts: number;
  restSeconds: number;
  progress: (line: string) => void;
};

export type OperatorBenchOutcome = {
  name: string;
  metrics: OperatorMetrics;
  /** For people. */
  table: string[];
  met: boolean;
};

/** As a platform team sets it for an installation of this size; 10 when it is left out. */
const startsAtOnceMax = 100;
const edits = 200;

/** The operator's own program on a real control plane, whose nodes and pods are faked. */
export const benchOperator = async (
  options: OperatorBenchOptions,
): Promise<OperatorBenchOutcome> => {
  const { root, accounts, progress } = options;
  const machine = describeMachine();
  progress(machine);
  const world = await openBenchWorld({
    ...{ root, progress, startsAtOnceMax },
    // Read here and nowhere else: a profiler is switched on with it.
    nodeOptions: process.env["OPERATOR_NODE_OPTIONS"],
  });
  try {
    const { metrics, notes } = await measureAll(world, options);
    const goals = judgeOperator(metrics);
    const table = [
      machine,
      `${accounts} accounts, ten to a proxy; spec.scaling.startsAtOnceMax is ${startsAtOnceMax}; two replicas`,
      "",
      ...tableOfOperator(goals),
      ...notes,
    ];
    return { name: "operator", metrics, table, met: goals.every(({ met }) => met) };
  } finally {
    await world.close();
  }
};

const measureAll = async (
  world: BenchWorld,
  options: OperatorBenchOptions,
): Promise<{ metrics: OperatorMetrics; notes: string[] }> => {
  const { accounts, restSeconds, progress } = options;
  const leader = await world.replicas.start();
  await world.replicas.leader();
  progress("The operator leads; starting a second replica and installing a Platform ...");
  await world.replicas.start();
  await world.applyPlatform();
  const base = await measureMemory(leader);
  progress(`${base} MB without accounts; applying ${accounts} ...`);
  const seconds = await measureApply(world, { count: accounts, progress });
  progress(`all Ready after ${seconds.toFixed(1)} s; waiting until nothing is written ...`);
  await world.untilCounted(accounts);
  await untilQuiet(world);
  progress(`at rest for ${restSeconds} s ...`);
  const rest = await measureRest(world, restSeconds);
  const full = await measureMemory(leader);
  progress(`${full} MB with ${accounts} accounts; ${edits} edits ...`);
  const calm = await measureEdits(world, { count: accounts, edits, isPatient: true });
  const hasty = await measureEdits(world, { count: accounts, edits, isPatient: false });
  progress("stopping the leader ...");
  const clean = await measureFailover(world, "SIGTERM", accountName(0));
  progress(
    `another leads after ${clean.toFixed(1)} s; starting one more and killing the leader ...`,
  );
  await world.replicas.start();
  const kill = await measureFailover(world, "SIGKILL", accountName(0));
  const per1000 = 1000 / accounts;
  const metrics = {
    apply_to_ready_s_1000: rounded(seconds * per1000, 1),
    rest_writes: rest.writes.length,
    rest_requests_per_s: rounded(rest.requests.length / restSeconds, 2),
    edit_p50_ms: rounded(percentile(calm.took, 0.5), 1),
    edit_p99_ms: rounded(percentile(calm.took, 0.99), 1),
    failover_clean_s: rounded(clean, 2),
    failover_kill_s: rounded(kill, 1),
    rss_mb_base: base,
    rss_mb_per_1000: rounded((full - base) * per1000, 1),
  };
  return { metrics, notes: [...writesAtRest(rest), ...notesOn(calm, hasty)] };
};

const namedMax = 10;

/** A missed goal says nothing without the object that was written. */
const writesAtRest = ({ writes }: Traffic): string[] =>
  writes.slice(0, namedMax).map(({ verb, objectRef, requestReceivedTimestamp: at }) => {
    const { resource = "", subresource = "", name = "" } = objectRef ?? {};
    return `written at rest: ${verb} ${resource} ${subresource} ${name} at ${at}`;
  });

/** What is told and not judged. */
const notesOn = (calm: Edits, hasty: Edits): string[] => {
  const [p50, p99] = [0.5, 0.99].map((share) => rounded(percentile(hasty.took, share), 0));
  const lines = [
    `edits without waiting for the pods of the one before: P50 ${p50} ms, P99 ${p99} ms`,
  ];
  if (calm.unsettled > 0)
    lines.push(`${calm.unsettled} edits whose pods were not replaced in time`);
  return lines;
};

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
