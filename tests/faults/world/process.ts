import { startChild, type Child, type ChildSpec } from "../../../scripts/src/stack/child.ts";

/** One service that dies and is started again under the same name, as its supervisor would. */
export type Life = {
  readonly pid: number;
  /** Resolves with the moment at which it ended, and whether a signal ended it. */
  readonly ended: Promise<{ at: number; bySignal: boolean }>;
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
};

export function startLife(spec: ChildSpec): Life {
  const child: Child = startChild(spec);
  return {
    pid: child.pid,
    // 128 is what the stack's child answers for any signal.
    ended: child.exited.then((code) => ({ at: Date.now(), bySignal: code === 128 })),
    isRunning: child.running,
    kill: child.kill,
  };
}

/** SIGTERM, and SIGKILL when it does not leave in time. */
export async function endLife(life: Life, timeoutMs = 30_000): Promise<void> {
  life.kill("SIGCONT");
  life.kill("SIGTERM");
  const timer = setTimeout(() => life.kill("SIGKILL"), timeoutMs);
  await life.ended;
  clearTimeout(timer);
}
