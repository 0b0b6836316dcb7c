import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack, type Stack } from "../stack/start-stack.ts";
import { portDefaults, url, type PortName } from "../stack/services.ts";
import { ensureDemoOrganization } from "../up/demo-organization.ts";
import { readRunFile } from "../up/run-file.ts";
import { onStopSignal } from "../up/stop-signals.ts";
import { connectDemo, type Demo } from "./context.ts";

export type OpenSystem = { demo: Demo; stop: () => Promise<void> };

export type OpenOptions = {
  root: string;
  stateDir: string;
  /** Also when a system runs, start another one. */
  own: boolean;
  progress: (line: string) => void;
};

/** The running system, or one of the demo's own whose data is thrown away. */
export const openSystem = async (options: OpenOptions): Promise<OpenSystem> => {
  const running = options.own ? undefined : readRunFile(options.stateDir);
  if (running === undefined) return startOwn(options);
  options.progress(`Using the system that runs at ${running.urls.edge}`);
  const demo = await connectDemo(running.urls, running.demo);
  return { demo, stop: () => Promise.resolve() };
};

const startOwn = async ({ root, own, progress }: OpenOptions): Promise<OpenSystem> => {
  const stateDir = await mkdtemp(join(tmpdir(), "rarity-demo-"));
  progress(
    `${own ? "" : "No system runs; "}starting one on free ports, its data is thrown away ...`,
  );
  let stack: Stack | undefined;
  const keep = process.env["RARITY_KEEP"] === "1";
  const stop = async (): Promise<void> => {
    await stack?.stop();
    if (keep) progress(`Kept: ${stateDir}`);
    else await rm(stateDir, { recursive: true, force: true });
  };
  const interrupt = (): void => {
    // While it starts, the aborted start ends and cleans up; afterwards this does.
    if (stack !== undefined) void stop().then(() => process.exit(130));
  };
  const signal = onStopSignal(interrupt, () => process.exit(130));
  try {
    // Never the databases of DATABASE_URL and REDIS_URL: what this leaves there nobody could read again.
    const databases = { databaseUrl: undefined, redisUrl: undefined };
    stack = await startStack({ root, stateDir, ...databases, anyPorts: true, progress, signal });
    const organization = await ensureDemoOrganization(stack);
    const { wiring } = stack;
    const names = Object.keys(portDefaults) as PortName[];
    const urls = Object.fromEntries(names.map((name) => [name, url(wiring, name)]));
    return { demo: await connectDemo(urls as Record<PortName, string>, organization), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
