import { parseArgs } from "node:util";
import { benchSend } from "./bench/send.ts";

const help = `scripts/bench <name> [--rounds N] [--messages N] [--json] [--help]

Measurements as ratios taken in one run, interleaved. Names:
  send   one message end to end against BullMQ alone and against a naive pipeline`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    messages: { type: "string", default: "5000" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
});
const name = positionals[0] ?? "send";
if (values.help === true || name !== "send") {
  console.log(help);
  process.exit(values.help === true ? 0 : 64);
}
const outcome = await benchSend({
  rounds: Number(values.rounds),
  messages: Number(values.messages),
  progress: (line) => console.error(line),
});
for (const [key, value] of Object.entries(outcome.metrics))
  console.log(`${key.padEnd(24)} ${value}`);
for (const miss of outcome.missed) console.log(`MISSED ${miss}`);
console.log(JSON.stringify({ name: outcome.name, metrics: outcome.metrics }));
process.exit(outcome.missed.length === 0 ? 0 : 1);
