import { resolve } from "node:path";
import { exitCodeOf } from "./lib/unavailable.ts";
import { createProgress } from "./lib/progress.ts";
import { readCommandLine } from "./lib/command-line.ts";
import { assertUsable } from "./up/assert-usable.ts";
import { detachUp } from "./up/detach.ts";
import { RunsAlready, runSystem } from "./up/run-system.ts";
import { summary } from "./up/summary.ts";

const help = `scripts/up [--detach] [--data DIR] [--help]

Brings up the whole system on this machine: database, Redis, sandbox, services, operator and one demo
organization. Ctrl-C stops all of it; started again it goes on with its data.
  --detach     return once it runs; scripts/down stops it
  --data DIR   keep data and logs in DIR instead of .rarity in the clone
Environment:
  DATABASE_URL   use this Postgres (15 or newer) instead of starting one. Its user has to be able to create
                 roles and schemas; scripts/up says what it makes there and leaves other schemas alone
  REDIS_URL      use this Redis (6.2 or newer) instead of starting one
  MEDIA_URL      keep media there instead of in the data folder: file:///folder or s3://bucket/prefix with
                 MEDIA_S3_ACCESS_KEY_ID, MEDIA_S3_SECRET_ACCESS_KEY and, but for AWS, MEDIA_S3_ENDPOINT
  OTEL_EXPORTER_OTLP_ENDPOINT   send traces there
  LOG_LEVEL      of every service; info unless set
Ports: 8080 and, for the parts behind it, 3000-3010, 3900-3902, 5432, 6379, 9443. One that is taken is
replaced by a free one, which is printed. Exit codes: 64 wrong option, 69 something is missing on this
machine (the message names the command to run), 130 interrupted.`;

const values = readCommandLine(help, { detach: { type: "boolean" }, data: { type: "string" } });
const root = process.cwd();
const stateDir = resolve(root, values.data ?? ".rarity");
const progress = createProgress();

try {
  assertUsable(stateDir);
  if (values.detach === true) {
    process.exit(await detachUp(root, stateDir));
  }
  const ran = await runSystem({
    root,
    stateDir,
    progress,
    onRunning: (run) => {
      console.log(summary(run, root, stateDir));
      progress("Running. Ctrl-C stops everything.");
    },
  });
  progress(`Stopped. The data stays in ${stateDir}/data; the next start goes on with it.`);
  process.exit(ran ? 0 : 130);
} catch (error) {
  if (error instanceof RunsAlready) {
    process.exit(sayRunning(error));
  }
  console.error(`\nscripts/up could not start: ${(error as Error).message}`);
  process.exit(exitCodeOf(error));
}

function sayRunning({ launcher, run }: RunsAlready): number {
  if (run === undefined) {
    console.error(`Another scripts/up (process ${launcher.pid}) is starting or stopping it now.`);
    return 1;
  }
  console.log(`It runs already (process ${launcher.pid}); scripts/down stops it.`);
  console.log(summary(run, root, stateDir));
  return 0;
}
