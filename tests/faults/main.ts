import { writeFile } from "node:fs/promises";
import { judge } from "./judge/judge.ts";
import { help, readOptions, type Options } from "./options.ts";
import { servingAgain } from "./report/serving-again.ts";
import { reasonsToFail, summarize, table, type SummaryInput } from "./report/summarize.ts";
import { runFaults, type RunResult } from "./run.ts";

if (process.argv.includes("--help")) {
  console.log(help);
  process.exit(0);
}
const options = readOptions(process.argv.slice(2));
const { seed, injections } = options;
console.log(`seed ${seed} (repeat with --seed ${seed} --injections ${injections})`);
const result = await runFaults(options, (line) => console.log(line));
process.exit(await report(options, result));

async function report(given: Options, { main, naive }: RunResult): Promise<number> {
  const served = servingAgain(main.faults, main.evidence.attempts, main.accepts);
  const input: SummaryInput = {
    seed: given.seed,
    faults: main.faults,
    served,
    verdict: judge(main.evidence),
    naive: naive && { injected: naive.faults.length, doubled: judge(naive.evidence).doubled },
    messages: main.evidence.sent.length,
    replies: main.evidence.replies.length,
    unexpected: main.unexpected,
  };
  const summary = summarize(input);
  console.log(`\n${table(main.faults, served)}`);
  const failures = reasonsToFail(input, summary);
  for (const reason of failures) console.log(`FAIL ${reason}`);
  for (const { invariant, what } of input.verdict.violations.slice(0, 40)) {
    console.log(`  ${invariant}: ${what}`);
  }
  const json = JSON.stringify(summary);
  if (given.reportFile !== undefined) await writeFile(given.reportFile, json);
  console.log(
    given.json
      ? json
      : `seed ${given.seed}: ${failures.length === 0 ? "passed" : "FAILED"} ${json}`,
  );
  return failures.length === 0 ? 0 : 1;
}
