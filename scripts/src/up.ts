import { parseArgs } from "node:util";
import { join } from "node:path";
import { detachUp } from "./up/detach.ts";
import { ensureDemoOrganization } from "./up/demo-organization.ts";
import { assertNotRunning, clearRunFile, writeRunFile } from "./up/run-file.ts";
import { summary } from "./up/summary.ts";
import { startStack } from "./stack/start-stack.ts";

const help = `scripts/up [--detach] [--help]

Brings up the whole system on this machine and keeps its data in .rarity/ inside the clone.
  --detach   return once it runs; scripts/down stops it
Environment:
  DATABASE_URL   use this Postgres (an owner able to create roles) instead of starting one
  REDIS_URL      use this Redis instead of starting one
  OTEL_EXPORTER_OTLP_ENDPOINT   send traces there`;

const { values } = parseArgs({
  options: { detach: { type: "boolean" }, help: { type: "boolean", short: "h" } },
});
if (values.help === true) {
  console.log(help);
  process.exit(0);
}

const root = process.cwd();
const stateDir = join(root, ".rarity");
const began = performance.now();
const progress = (line: string): void =>
  console.error(`[${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`);

try {
  assertNotRunning(stateDir);
  if (values.detach === true) {
    await detachUp(root, stateDir);
    process.exit(0);
  }
  const stack = await startStack({
    root,
    stateDir,
    databaseUrl: process.env["DATABASE_URL"],
    redisUrl: process.env["REDIS_URL"],
    anyPorts: false,
    progress,
  });
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    progress("Stopping ...");
    await stack.stop();
    clearRunFile(stateDir);
    progress("Stopped. The data stays in .rarity/data; scripts/up starts on it again.");
    process.exit(0);
  };
  process.on("SIGINT", () => void stop());
  process.on("SIGTERM", () => void stop());
  const demo = await ensureDemoOrganization(stack).catch(async (error: unknown) => {
    await stack.stop();
    throw error;
  });
  writeRunFile(stateDir, stack, demo);
  console.log(summary(stack.wiring, demo));
  progress("Running. Ctrl-C stops everything.");
} catch (error) {
  console.error(`\nscripts/up could not start: ${(error as Error).message}`);
  process.exit(1);
}
