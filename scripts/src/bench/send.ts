import { fork } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack, type Stack } from "../stack/start-stack.ts";
import { url } from "../stack/services.ts";
import { measureCeiling } from "./ceiling.ts";
import { cpuSeconds, residentMegabytes, treeCpuSeconds } from "./cpu.ts";
import { drivePipeline, type Drive, type Pipeline } from "./drive.ts";
import { startNullAccounts, type NullAccounts } from "./null-accounts.ts";

export type BenchOptions = { rounds: number; messages: number; progress: (line: string) => void };
export type BenchOutcome = { name: string; metrics: Record<string, number>; missed: string[] };

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

type Sample = { ceiling: number; naive: number; product: Drive; cpuUs: number };

/** BullMQ alone, the naive pipeline and ours, in turn, so that a busy machine hits all alike. */
export const benchSend = async (options: BenchOptions): Promise<BenchOutcome> => {
  const stateDir = await mkdtemp(join(tmpdir(), "rarity-bench-"));
  await chmod(stateDir, 0o755);
  const stack = await startStack({
    root: process.cwd(),
    stateDir,
    databaseUrl: process.env["DATABASE_URL"],
    redisUrl: process.env["REDIS_URL"],
    anyPorts: true,
    progress: options.progress,
  });
  let accounts: NullAccounts | undefined;
  try {
    accounts = await startNullAccounts(stack, stateDir, 2);
    const samples: Sample[] = [];
    for (let n = 1; n <= options.rounds; n += 1) {
      const sample = await measureRound(stack, accounts, options.messages);
      options.progress(
        `round ${n}: BullMQ ${Math.round(sample.ceiling)}/s, naive ${Math.round(sample.naive)}/s, ours ${Math.round(sample.product.perSecond)}/s, ${Math.round(sample.cpuUs)} us cpu a message`,
      );
      samples.push(sample);
    }
    return judge(samples, residentMegabytes(accounts.pids[0] ?? 0));
  } finally {
    await accounts?.stop();
    await stack.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
};

const measureRound = async (
  stack: Stack,
  accounts: NullAccounts,
  messages: number,
): Promise<Sample> => {
  const ceiling = await measureCeiling(stack.wiring.redisUrl, messages);
  const naive = await measureNaive(stack, Math.ceil(messages / 3));
  const pids = [...accounts.pids, ...stack.processes.map((one) => one.pid())];
  const used = (): number =>
    pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0) +
    stack.databasePids.reduce((sum, pid) => sum + treeCpuSeconds(pid), 0);
  const before = used();
  const product = await drivePipeline(await productPipeline(stack, accounts), messages);
  // The warm-up of 500 messages is in the processor time too.
  const cpuUs = ((used() - before) / (messages + 500)) * 1e6;
  return { ceiling, naive, product, cpuUs };
};

const measureNaive = async (stack: Stack, messages: number): Promise<number> => {
  const script = join(stack.wiring.root, "scripts/src/bench/naive.ts");
  const child = fork(script, [stack.wiring.adminUrl, stack.wiring.redisUrl]);
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const { url: address } = await new Promise<{ url: string }>((resolve, reject) => {
    child.once("message", (message) => resolve(message as { url: string }));
    child.once("exit", () => reject(new Error("the naive pipeline ended at once")));
  });
  const accountId = crypto.randomUUID();
  const drive = await drivePipeline(
    {
      url: address,
      path: "/send",
      headers: {},
      body: (n) => ({ accountId, to: `+1555${n}`, text: "hello there, an ordinary message" }),
      onOpen: () => undefined,
      countSent: (frame) => (frame.includes("message_sent") ? 1 : 0),
    },
    messages,
  ).finally(() => child.kill("SIGTERM"));
  await exited;
  return drive.perSecond;
};

const productPipeline = async (stack: Stack, accounts: NullAccounts): Promise<Pipeline> => {
  const run = Math.floor(Math.random() * 9e6) + 1e6;
  const { token } = accounts;
  return Promise.resolve({
    url: url(stack.wiring, "orchestrator"),
    path: "/api/messages/send",
    headers: { authorization: `Bearer ${token}` },
    body: (n) => ({
      to: { identity: { channel: "whatsapp", kind: "phone", value: `+49${run}${n}` } },
      accountId: accounts.ids[n % accounts.ids.length],
      content: { type: "text", text: "hello there, an ordinary message" },
    }),
    onOpen: (send) => {
      send(JSON.stringify({ v: 1, type: "auth", id: crypto.randomUUID(), data: { token } }));
      const data = { streams: ["org"] };
      send(JSON.stringify({ v: 1, type: "subscribe", id: crypto.randomUUID(), data }));
    },
    countSent: (frame) => frame.split('"message_sent"').length - 1,
  });
};

const judge = (samples: Sample[], idleMegabytes: number): BenchOutcome => {
  const ratio = median(samples.map((s) => s.product.perSecond / s.ceiling));
  const overNaive = median(samples.map((s) => s.product.perSecond / s.naive));
  const metrics = {
    end_to_end_per_s: Math.round(median(samples.map((s) => s.product.perSecond))),
    ratio_to_bullmq: round(ratio),
    ratio_to_naive: round(overNaive),
    cpu_us_per_message: Math.round(median(samples.map((s) => s.cpuUs))),
    accepts_per_s: Math.round(median(samples.map((s) => s.product.acceptsPerSecond))),
    idle_account_rss_mb: idleMegabytes,
  };
  const missed = [
    ...(ratio >= 0.4 ? [] : [`end to end / BullMQ alone is ${round(ratio)}, the goal is 0.40`]),
    ...(overNaive >= 4 ? [] : [`end to end / naive is ${round(overNaive)}, the goal is 4`]),
  ];
  return { name: "send", metrics, missed };
};
