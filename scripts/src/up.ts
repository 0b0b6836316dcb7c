import { resolve } from "node:path";
import { runClusterCommand } from "./cluster/cli/run-command.ts";
import { exitCodeOf } from "./lib/unavailable.ts";
import { createProgress } from "./lib/progress.ts";
import { readCommandLine } from "./lib/command-line.ts";
import { assertUsable } from "./up/assert-usable.ts";
import { detachUp } from "./up/detach.ts";
import { RunsAlready, runSystem } from "./up/run-system.ts";
import { summary } from "./up/summary.ts";

const help = `scripts/up [--detach] [--data DIR] [--help]
scripts/up --cluster [--base IMAGE|local] [--detach]

Brings up the whole system on this machine: database, Redis, sandbox, services, operator and one demo
organization. Ctrl-C stops all of it; started again it goes on with its data.
  --detach     return once it runs; scripts/down stops it
  --data DIR   keep data and logs in DIR instead of .rarity in the clone
  --cluster    on a Kubernetes of two nodes instead, made for it and thrown away with it: the chart, the operator, a
               Platform and its pods from images built here. Root on Linux, and Go for the first time
  --base       with --cluster: what the images are built from, as scripts/images says
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

const values = readCommandLine(help, {
  detach: { type: "boolean" },
  data: { type: "string" },
  cluster: { type: "boolean" },
  base: { type: "string" },
});
const root = process.cwd();
const stateDir = resolve(root, values.data ?? ".rarity");
const progress = createProgress();

if (values.cluster === true) await upOnCluster();
else process.exit(await upHere());

async function upHere(): Promise<number> {
  try {
    assertUsable(stateDir);
    if (values.detach === true) return await detachUp(root, stateDir);
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
    return ran ? 0 : 130;
  } catch (error) {
    if (error instanceof RunsAlready) return sayRunning(error);
    console.error(`\nscripts/up could not start: ${(error as Error).message}`);
    return exitCodeOf(error);
  }
}

async function upOnCluster(): Promise<void> {
  const { base, detach } = values;
  const self = ["scripts/src/up.ts", "--cluster", ...(base === undefined ? [] : ["--base", base])];
  await runClusterCommand({
    ...{ name: "scripts/up --cluster", root, progress },
    wish: { kind: "system", count: 2, base },
    ...(detach === true ? { detachAs: self } : {}),
  });
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
