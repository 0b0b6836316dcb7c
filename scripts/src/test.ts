import { readArguments, refuseUsage } from "./lib/command-line.ts";
import { tiers, type TierName } from "./test/tiers.ts";
import { runTier, type TierResult } from "./test/run-tier.ts";

const help = `scripts/test [tier ...] [--list] [--json] [--seed N] [--injections N] [--help]

Runs the tiers named, or all of them, and ends with one line of counts; with --json the figures of each
tier follow, one object a line. --seed and --injections are for the tier faults: a failure is repeated
with the seed and the number it printed.
${Object.entries(tiers)
  .map(([name, tier]) => `  ${name.padEnd(12)} ${tier.about}`)
  .join("\n")}`;

const { values, positionals } = readArguments(help, {
  list: { type: "boolean" },
  json: { type: "boolean" },
  seed: { type: "string" },
  injections: { type: "string" },
});
if (values.list === true) {
  console.log(help);
  process.exit(0);
}

const unknown = positionals.filter((name) => !(name in tiers));
if (unknown.length > 0) refuseUsage(help, `Unknown tier: ${unknown.join(", ")}`);

const isFull = positionals.length === 0;
const names = (isFull ? Object.keys(tiers) : positionals) as TierName[];
const results: TierResult[] = [];
const extra = [
  ...(values.seed === undefined ? [] : ["--seed", values.seed]),
  ...(values.injections === undefined ? [] : ["--injections", values.injections]),
];
for (const name of names) {
  const { held } = tiers[name];
  if (held !== undefined && isFull) {
    console.log(`\nSKIP ${name}: ${held}`);
    results.push({ name, passed: 0, failed: 0, skipped: 1, failures: [], ms: 0, reason: held });
    continue;
  }
  results.push(await runTier(name, tiers[name], { json: values.json === true, isFull, extra }));
}

const namedMax = 50;
const failures = results.flatMap(({ name, failures }) =>
  failures.map((what) => `${name}: ${what}`),
);
if (failures.length > 0) console.log("\nFailed:");
for (const what of failures.slice(0, namedMax)) console.log(`  ${what}`);
if (failures.length > namedMax) console.log(`  ... and ${failures.length - namedMax} more`);

const total = (key: "passed" | "failed" | "skipped"): number =>
  results.reduce((sum, result) => sum + result[key], 0);
console.log("");
for (const result of results) {
  const reason = result.reason === undefined ? "" : ` (${result.reason})`;
  console.log(
    `${result.name.padEnd(12)} ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped in ${(result.ms / 1000).toFixed(1)} s${reason}`,
  );
}
if (total("passed") === 0) console.error("No test ran: that is a failure, not a success.");
console.log(`${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped`);
for (const result of results) if (result.json !== undefined) console.log(result.json);
process.exit(total("failed") > 0 || total("passed") === 0 ? 1 : 0);
