import { benchSend } from "./bench/send.ts";
import { readArguments, refuseUsage } from "./lib/command-line.ts";

const help = `scripts/bench [send] [--rounds N] [--messages N] [--json] [--help]

Starts a system of its own on free ports, measures, and stops it; takes some minutes. Names:
  send   messages from the POST to the event on the WebSocket, against BullMQ alone and against a naive
         pipeline, one after the other in each round; then the table and the goals

  --rounds N     rounds, 1 to 50 (default 3); every figure is the median over them
  --messages N   messages of each pipeline in each round, 500 to 200000 (default 5000)
  --json         the last line is one JSON object: {name, metrics}

DATABASE_URL and REDIS_URL are used where they are set; the processor time then lacks those two servers.
Ends with 0 when every goal is met, 1 when one is missed, 64 when it was called wrongly.
What is measured and how to read it: docs/benchmarks.md`;

const countOf = (name: string, text: string, from: number, to: number): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  return refuseUsage(help, `--${name} takes a whole number from ${from} to ${to}, not "${text}"`);
};

const { values, positionals } = readArguments(help, {
  rounds: { type: "string", default: "3" },
  messages: { type: "string", default: "5000" },
  json: { type: "boolean" },
});
const [name = "send", ...more] = positionals;
if (name !== "send" || more.length > 0) {
  refuseUsage(help, `There is no measurement named ${positionals.join(" ")}`);
}
const outcome = await benchSend({
  rounds: countOf("rounds", values.rounds, 1, 50),
  messages: countOf("messages", values.messages, 500, 200_000),
  progress: (line) => console.error(line),
});
for (const line of outcome.table) console.log(line);
if (values.json === true) {
  console.log(JSON.stringify({ name: outcome.name, metrics: outcome.metrics }));
}
process.exit(outcome.met ? 0 : 1);
