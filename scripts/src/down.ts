import { join } from "node:path";
import { parseArgs } from "node:util";
import { waitUntil } from "./lib/wait-until.ts";
import { readRunFile } from "./up/run-file.ts";

const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
if (values.help === true) {
  console.log(
    "scripts/down\n\nStops the system that scripts/up started. The data stays in .rarity/data.",
  );
  process.exit(0);
}

const stateDir = join(process.cwd(), ".rarity");
const run = readRunFile(stateDir);
if (run === undefined) {
  console.log("Nothing is running.");
} else {
  console.log("Stopping ...");
  process.kill(run.pid, "SIGTERM");
  await waitUntil("the system to stop", () => readRunFile(stateDir) === undefined, 60_000, 100);
  console.log("Stopped. The data stays in .rarity/data.");
}
