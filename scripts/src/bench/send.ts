import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { url } from "../stack/services.ts";
import { startStack, type Stack } from "../stack/start-stack.ts";
import { measureCeiling } from "./ceiling.ts";
import { cpuSeconds, residentMegabytes, treeCpuSeconds } from "./cpu.ts";
import { drivePipeline, warmUpMessages, type Pipeline } from "./drive.ts";
import {
  cpuOf,
  judge,
  processGroups,
  summarise,
  type ProcessGroup,
  type Round,
  type SendMetrics,
} from "./judge.ts";
import { startNaive, type NaiveProcess } from "./naive-process.ts";
import { startNullAccounts, type NullAccounts } from "./null-accounts.ts";
import { describeMachine, tableOf } from "./report.ts";

export type BenchOptions = {
  rounds: number;
  messages: number;
  progress: (line: string) => void;
  /** Ends the measurement early; what was started is stopped first. */
  signal: AbortSignal;
};
export type BenchOutcome = {
  name: string;
  metrics: SendMetrics;
  /** For people. */
  table: string[];
  met: boolean;
};

/** How many accounts send; one more is started and left alone, to see what an idle one takes. */
const sendingAccounts = 2;

/** BullMQ alone, the naive pipeline and ours, in turn, so that a busy machine hits all alike. */
export const benchSend = async (options: BenchOptions): Promise<BenchOutcome> => {
  const { progress } = options;
  const machine = describeMachine();
  progress(machine);
  const stateDir = await mkdtemp(join(tmpdir(), "rarity-bench-"));
  await chmod(stateDir, 0o755);
  const stops: (() => Promise<void>)[] = [() => rm(stateDir, { recursive: true, force: true })];
  try {
    const stack = await startStack({
      root: process.cwd(),
      stateDir,
      databaseUrl: process.env["DATABASE_URL"],
      redisUrl: process.env["REDIS_URL"],
      anyPorts: true,
      progress,
      signal: options.signal,
    });
    stops.push(() => stack.stop());
    progress(`Starting ${sendingAccounts + 1} account processes ...`);
    const accounts = await startNullAccounts(stack, stateDir, sendingAccounts + 1);
    stops.push(() => accounts.stop());
    const naive = await startNaive(stack.wiring.root, stack.wiring, options.signal);
    stops.push(naive.stop);
    const rounds = await Promise.race([
      measureRounds({ stack, accounts, naive, options }),
      rejectedBy(options.signal),
    ]);
    const metrics = summarise(rounds, residentMegabytes(accounts.pids.at(-1) ?? 0));
    const goals = judge(metrics);
    const table = [machine, "", ...tableOf(rounds, metrics, goals)];
    return { name: "send", metrics, table, met: goals.every((goal) => goal.met) };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
};

const rejectedBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });

type Bench = {
  stack: Stack;
  accounts: NullAccounts;
  naive: NaiveProcess;
  options: BenchOptions;
};

/** Rounds that go before and are not counted: account processes are compiled for good in the third only. */
const warmUpRounds = 2;

/** Measures what a system does that has run for a while: compilers and plans are warm. */
const measureRounds = async (bench: Bench): Promise<Round[]> => {
  const { rounds: count, progress } = bench.options;
  for (let n = 1; n <= warmUpRounds; n += 1) {
    await measureRound(bench, n, (what) =>
      progress(`to warm up, not counted, ${n} of ${warmUpRounds}: ${what} ...`),
    );
  }
  const rounds: Round[] = [];
  for (let n = 1; n <= count; n += 1) {
    const round = await measureRound(bench, warmUpRounds + n, (what) =>
      progress(`round ${n} of ${count}: ${what} ...`),
    );
    progress(
      `round ${n} of ${count}: BullMQ ${Math.round(round.bullmq)}/s, naive ${Math.round(round.naive)}/s, ours ${Math.round(round.endToEnd)}/s with ${Math.round(cpuOf(round))} us a message`,
    );
    rounds.push(round);
  }
  return rounds;
};

const noTimes = { orchestrator: NaN, accounts: NaN, databases: NaN, others: NaN };

/** Who goes first changes with the round: what one leaves behind (vacuum, checkpoints) hits each in turn. */
const measureRound = async (
  { stack, accounts, naive, options }: Bench,
  n: number,
  progress: (what: string) => void,
): Promise<Round> => {
  const { messages } = options;
  let round: Round = { bullmq: NaN, naive: NaN, endToEnd: NaN, accepts: NaN, cpuUs: noTimes };
  const steps = [
    async (): Promise<void> => {
      progress("BullMQ alone");
      round = { ...round, bullmq: await measureCeiling(stack.wiring.redisUrl, messages) };
    },
    async (): Promise<void> => {
      progress("the naive pipeline");
      const { perSecond } = await drivePipeline(naive.pipeline, messages);
      round = { ...round, naive: perSecond };
    },
    async (): Promise<void> => {
      progress("ours");
      round = { ...round, ...(await measureOurs(stack, accounts, messages)) };
    },
  ];
  for (let at = 0; at < steps.length; at += 1) await steps[(n + at) % steps.length]?.();
  return round;
};

const measureOurs = async (
  stack: Stack,
  accounts: NullAccounts,
  messages: number,
): Promise<Pick<Round, "endToEnd" | "accepts" | "cpuUs">> => {
  const read = processorTimes(stack, accounts);
  const before = read();
  const drive = await drivePipeline(productPipeline(stack, accounts), messages);
  const after = read();
  // The warm-up is in the processor time too.
  const perMessage = 1e6 / (messages + warmUpMessages);
  const cpuUs = processGroups.map((group) => [group, (after[group] - before[group]) * perMessage]);
  return {
    endToEnd: drive.perSecond,
    accepts: drive.acceptsPerSecond,
    cpuUs: Object.fromEntries(cpuUs) as Round["cpuUs"],
  };
};

/** Seconds of processor time each group of processes has used so far. */
const processorTimes =
  (stack: Stack, accounts: NullAccounts) => (): Record<ProcessGroup, number> => {
    const sum = (pids: readonly number[], of = cpuSeconds): number =>
      pids.reduce((total, pid) => total + of(pid), 0);
    const [orchestrator, others] = [true, false].map((isIt) =>
      stack.processes.flatMap(({ name, pid }) =>
        (name === "orchestrator") === isIt ? [pid()] : [],
      ),
    );
    return {
      orchestrator: sum(orchestrator ?? []),
      accounts: sum(accounts.pids),
      databases: sum(stack.databasePids, treeCpuSeconds),
      others: sum(others ?? []),
    };
  };

/** Every message goes to a person never written to before: each makes a conversation as well. */
const productPipeline = (stack: Stack, accounts: NullAccounts): Pipeline => {
  const run = Math.floor(Math.random() * 9e6) + 1e6;
  const { token } = accounts;
  return {
    url: url(stack.wiring, "orchestrator"),
    path: "/api/messages/send",
    headers: { authorization: `Bearer ${token}` },
    body: (n) => ({
      to: { identity: { channel: "whatsapp", kind: "phone", value: `+49${run}${n}` } },
      accountId: accounts.ids[n % sendingAccounts],
      content: { type: "text", text: "hello there, an ordinary message" },
    }),
    onOpen: (send) => {
      send(JSON.stringify({ v: 1, type: "auth", id: crypto.randomUUID(), data: { token } }));
      const data = { streams: ["org"] };
      send(JSON.stringify({ v: 1, type: "subscribe", id: crypto.randomUUID(), data }));
    },
    countSent: (frame) => frame.split('"message_sent"').length - 1,
  };
};
