import { benchOperator } from "./bench/operator/bench-operator.ts";
import { benchSend } from "./bench/send.ts";
import { readArguments, refuseUsage } from "./lib/command-line.ts";
import { createProgress } from "./lib/progress.ts";
import { exitCodeOf } from "./lib/unavailable.ts";
import { onStopSignal } from "./up/stop-signals.ts";

const help = `scripts/bench [send|operator] [options]

Starts a system of its own on free ports, measures, and stops it; takes some minutes. Names:
  send       messages from the POST to the event on the WebSocket, against BullMQ alone and against a naive
             pipeline, one after the other in each round; then the table and the goals
  operator   the operator's program on a real control plane with faked pods: accounts from apply to Ready, rest,
             edits, fail-over, memory; then the table and the goals

  --rounds N         send: rounds, 1 to 50 (default 3); every figure is the median over them
  --messages N       send: messages of each pipeline in each round, 500 to 200000 (default 20000)
  --accounts N       operator: accounts, 10 to 20000 (default 1000); figures for 1,000 are in proportion
  --rest-seconds N   operator: how long rest is watched, 5 to 3600 (default 120)
  --json             the last line is one JSON object: {name, metrics}

DATABASE_URL and REDIS_URL are used by send where they are set; the processor time then lacks those two servers.
Ends with 0 when every goal is met, 1 when one is missed, 64 when it was called wrongly, 69 when something is missing.
What is measured and how to read it: docs/benchmarks.md`;

const countOf = (name: string, text: string, from: number, to: number): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  return refuseUsage(help, `--${name} takes a whole number from ${from} to ${to}, not "${text}"`);
};

const { values, positionals } = readArguments(help, {
  rounds: { type: "string", default: "3" },
  messages: { type: "string", default: "20000" },
  accounts: { type: "string", default: "1000" },
  "rest-seconds": { type: "string", default: "120" },
  json: { type: "boolean" },
});
// An end by signal is an end, too: what was started is ended with it.
const signal = onStopSignal(
  () => {
    if (positionals[0] === "operator") process.exit(130);
    console.error("Stopping ...");
  },
  () => process.exit(130),
);
const benches = {
  send: () =>
    benchSend({
      rounds: countOf("rounds", values.rounds, 1, 50),
      messages: countOf("messages", values.messages, 500, 200_000),
      progress: (line) => console.error(line),
      signal,
    }),
  operator: () =>
    benchOperator({
      root: process.cwd(),
      accounts: countOf("accounts", values.accounts, 10, 20_000),
      restSeconds: countOf("rest-seconds", values["rest-seconds"], 5, 3600),
      progress: createProgress(),
    }),
};

const [name = "send", ...more] = positionals;
if (!Object.hasOwn(benches, name) || more.length > 0) {
  refuseUsage(help, `There is no measurement named ${positionals.join(" ")}`);
}
try {
  const outcome = await benches[name as keyof typeof benches]();
  for (const line of outcome.table) console.log(line);
  if (values.json === true) {
    console.log(JSON.stringify({ name: outcome.name, metrics: outcome.metrics }));
  }
  process.exit(outcome.met ? 0 : 1);
} catch (error) {
  if (signal.aborted) process.exit(130);
  const code = exitCodeOf(error);
  if (code === 1) throw error;
  console.error((error as Error).message);
  process.exit(code);
}
