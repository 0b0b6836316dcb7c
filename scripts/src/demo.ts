import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectDemo, type Demo } from "./demo/context.ts";
import { createReport } from "./demo/report.ts";
import { demoSteps } from "./demo/steps.ts";
import { startStack, type Stack } from "./stack/start-stack.ts";
import { ensureDemoOrganization } from "./up/demo-organization.ts";
import { readRunFile } from "./up/run-file.ts";
import { portDefaults, url, type PortName } from "./stack/services.ts";

const help = `scripts/demo [--own] [--json] [--help]

The main job, against the running system or one it starts for itself:
apply a WhatsAppAccount, pair it, send, receive a reply, exchange an image, hibernate and wake.
  --own    always start a separate system on free ports, with data that is thrown away
  --json   nothing but the steps and, last, one JSON object {ok, steps}`;

const { values } = parseArgs({
  options: {
    own: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(help);
  process.exit(0);
}

const startOwn = async (): Promise<{ demo: Demo; stop: () => Promise<void> }> => {
  const stateDir = await mkdtemp(join(tmpdir(), "rarity-demo-"));
  // Postgres runs as its own user and has to reach its folder.
  await import("node:fs/promises").then((fs) => fs.chmod(stateDir, 0o755));
  const stack: Stack = await startStack({
    root: process.cwd(),
    stateDir,
    databaseUrl: process.env["DATABASE_URL"],
    redisUrl: process.env["REDIS_URL"],
    anyPorts: true,
    progress: (line) => console.error(line),
  });
  const organization = await ensureDemoOrganization(stack);
  const names = Object.keys(portDefaults) as PortName[];
  const urls = Object.fromEntries(names.map((name) => [name, url(stack.wiring, name)]));
  const demo = await connectDemo(urls as Record<PortName, string>, organization);
  const keep = process.env["RARITY_KEEP"] === "1";
  return {
    demo,
    stop: async () => {
      await stack.stop();
      if (keep) console.error(`kept: ${stateDir}`);
      else await rm(stateDir, { recursive: true, force: true });
    },
  };
};

const running = values.own === true ? undefined : readRunFile(join(process.cwd(), ".rarity"));
const open = async (): Promise<{ demo: Demo; stop: () => Promise<void> }> =>
  running === undefined
    ? await startOwn()
    : { demo: await connectDemo(running.urls, running.demo), stop: () => Promise.resolve() };
const { demo, stop } = await open().catch((error: unknown) => {
  console.error(`scripts/demo could not start: ${(error as Error).message}`);
  console.log(JSON.stringify({ ok: false, steps: [] }));
  process.exit(1);
});

const report = createReport((line) => console.log(line));
for (const [name, step] of Object.entries(demoSteps)) {
  if (!(await report.run(name, () => step(demo)))) break;
}
demo.close();
await stop();
console.log(JSON.stringify(report.result()));
process.exit(report.result().ok ? 0 : 1);
