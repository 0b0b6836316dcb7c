import { endLeftovers } from "../stack/end-leftovers.ts";
import { readRecord } from "../stack/process-record.ts";
import { startStack, type Stack } from "../stack/start-stack.ts";
import { ensureDemoOrganization } from "./demo-organization.ts";
import { becomeLauncher, releaseLauncher, type Launcher } from "./launcher.ts";
import { clearRunFile, readRunFile, writeRunFile, type RunFile } from "./run-file.ts";
import { aborted, onStopSignal } from "./stop-signals.ts";
import { writeEnvFile } from "./summary.ts";

export type RunSystem = {
  root: string;
  stateDir: string;
  progress: (line: string) => void;
  onRunning: (run: RunFile) => void;
};

/** Another `up` owns this data folder; with its run file once it serves. */
export class RunsAlready extends Error {
  readonly launcher: Launcher;
  readonly run: RunFile | undefined;
  constructor(launcher: Launcher, run: RunFile | undefined) {
    super(`process ${launcher.pid} owns this data folder`);
    this.launcher = launcher;
    this.run = run;
  }
}

/**
 * Starts the system, keeps it running until a stop signal, and stops it. Whatever ends the start, no
 * process and no lock is left. Answers whether it ever ran.
 */
export const runSystem = async (options: RunSystem): Promise<boolean> => {
  const { stateDir, progress } = options;
  const owner = becomeLauncher(stateDir);
  if (owner !== undefined) throw new RunsAlready(owner, readRunFile(stateDir));
  clearRunFile(stateDir);
  const signal = onStopSignal(
    () => progress("Stopping ... (once more to kill)"),
    () => killAll(stateDir),
  );
  let stack: Stack | undefined;
  let ran = false;
  try {
    await clearUp(stateDir, progress);
    stack = await start(options, signal);
    const demo = await ensureDemoOrganization(stack);
    const run = writeRunFile(stateDir, stack, demo);
    writeEnvFile(stateDir, run);
    ran = true;
    options.onRunning(run);
    await aborted(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearRunFile(stateDir);
    await stack?.stop();
    releaseLauncher(stateDir);
  }
  return ran;
};

const start = ({ root, stateDir, progress }: RunSystem, signal: AbortSignal): Promise<Stack> =>
  startStack({
    root,
    stateDir,
    databaseUrl: process.env["DATABASE_URL"],
    redisUrl: process.env["REDIS_URL"],
    anyPorts: false,
    progress,
    signal,
  });

const clearUp = async (stateDir: string, progress: (line: string) => void): Promise<void> => {
  if (readRecord(stateDir).length === 0) return;
  progress("The last start was killed; ending what it left ...");
  const ended = await endLeftovers(stateDir);
  progress(ended.length === 0 ? "Nothing of it ran any more" : `Ended ${ended.join(", ")}`);
};

/** The last resort. Channel processes are ended by the operator of the next start. */
const killAll = (stateDir: string): never => {
  for (const { pid } of readRecord(stateDir)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It went by itself.
    }
  }
  clearRunFile(stateDir);
  releaseLauncher(stateDir);
  process.exit(130);
};
