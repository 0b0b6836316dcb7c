import { resolve } from "node:path";
import { openSystem } from "./demo/open-system.ts";
import { createReport } from "./demo/report.ts";
import { demoSteps } from "./demo/steps.ts";
import { readCommandLine } from "./lib/command-line.ts";
import { createProgress } from "./lib/progress.ts";
import { exitCodeOf } from "./lib/unavailable.ts";

const help = `scripts/demo [--own] [--data DIR] [--json] [--help]

The main job, against the running system or one it starts for itself:
apply a WhatsAppAccount, pair it, send, receive a reply, exchange an image, hibernate and wake.
Ends with one JSON line {ok, steps:[{name, ok, ms, detail}]}; exit code 1 when a step fails.
  --own        start a separate system on free ports, with data that is thrown away; databases of the
               environment (DATABASE_URL, REDIS_URL) are not used for it
  --data DIR   the folder that was given to scripts/up; .rarity in the clone unless named
  --json       nothing but the steps and the JSON line: no progress`;

const values = readCommandLine(help, {
  own: { type: "boolean" },
  data: { type: "string" },
  json: { type: "boolean" },
});
const root = process.cwd();
const system = await openSystem({
  root,
  stateDir: resolve(root, values.data ?? ".rarity"),
  own: values.own === true,
  progress: values.json === true ? (): void => undefined : createProgress(),
}).catch((error: unknown) => {
  console.error(`scripts/demo could not start: ${(error as Error).message}`);
  console.log(JSON.stringify({ ok: false, steps: [] }));
  process.exit(exitCodeOf(error));
});

const report = createReport((line) => console.log(line));
for (const [name, step] of Object.entries(demoSteps)) {
  if (!(await report.run(name, () => step(system.demo)))) break;
}
system.demo.close();
await system.stop();
console.log(JSON.stringify(report.result()));
process.exit(report.result().ok ? 0 : 1);
