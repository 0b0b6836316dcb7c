import type { Pod, PodStatus } from "../../../api/workloads.ts";
import { describeExit, startProcess, type RunningProcess } from "./child-process.ts";
import { resolveEnv, type SecretReader } from "./container-env.ts";
import { findFreePort } from "./http-probe.ts";
import { monitorProcess, pause } from "./monitor.ts";
import {
  nextFailureCount,
  restartDelayMs,
  type RestartPolicy,
  type RunOutcome,
} from "./restart-delay.ts";

export interface PodRunnerDeps {
  readSecret: SecretReader;
  /** Called with every change of status; must not throw. */
  report: (status: PodStatus) => void;
  /** Called right after the start, so that a later operator can find the process. */
  recordProcess: (processId: number, startTime: string) => void;
  baseEnv: Record<string, string>;
  logFile: string;
  restart: RestartPolicy;
  now: () => Date;
}

export interface PodRunner {
  /** Stops the process and the restarts. Resolves when the process is gone. */
  stop(): Promise<void>;
}

/** Keeps one process running for a pod: start, probe, restart with backoff, stop. */
export const runPod = (deps: PodRunnerDeps, pod: Pod): PodRunner => {
  const stopping = new AbortController();
  const finished = keepRunning(deps, pod, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await finished;
    },
  };
};

const keepRunning = async (deps: PodRunnerDeps, pod: Pod, stop: AbortSignal): Promise<void> => {
  let failures = 0;
  for (let restartCount = 0; !stop.aborted; restartCount += 1) {
    const { run, status } = await runOnce(deps, pod, { stop, restartCount });
    if (stop.aborted) return;
    failures = nextFailureCount(failures, run, deps.restart);
    deps.report(status);
    await pause(restartDelayMs(failures, run, deps.restart), stop);
  }
};

interface Attempt {
  stop: AbortSignal;
  restartCount: number;
}

interface RunResult {
  run: RunOutcome;
  status: PodStatus;
}

const runOnce = async (deps: PodRunnerDeps, pod: Pod, attempt: Attempt): Promise<RunResult> => {
  const { restartCount } = attempt;
  const resolved = resolveEnv(pod, deps.readSecret);
  const container = pod.spec.containers[0];
  if (!resolved.ok || container === undefined) {
    const message = resolved.ok ? "the pod has no container" : resolved.message;
    return neverStarted({
      phase: "Pending",
      ready: false,
      restartCount,
      reason: "ConfigMissing",
      message,
    });
  }
  const port = await findFreePort();
  const process = startProcess({
    command: [...(container.command ?? []), ...(container.args ?? [])],
    workingDir: container.workingDir,
    env: { ...deps.baseEnv, ...resolved.env, HOST: "127.0.0.1", PORT: String(port) },
    logFile: deps.logFile,
  });
  if (process.processId !== undefined && process.startTime !== undefined) {
    deps.recordProcess(process.processId, process.startTime);
  }
  return superviseProcess(deps, pod, { ...attempt, port, process });
};

const superviseProcess = async (
  deps: PodRunnerDeps,
  pod: Pod,
  attempt: Attempt & { port: number; process: RunningProcess },
): Promise<RunResult> => {
  const { port, process, stop, restartCount } = attempt;
  const startedAt = deps.now().toISOString();
  const over = new AbortController();
  const graceMs = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  let readySince: number | undefined;
  const status = (ready: boolean): PodStatus => ({
    phase: "Running",
    ready,
    restartCount,
    startedAt,
    port,
  });
  deps.report(status(false));

  const [container] = pod.spec.containers;
  if (container === undefined) throw new Error("a pod without a container was started");
  const ended = process.exited.then(() => undefined);
  const monitored = monitorProcess({
    container,
    port,
    process,
    signal: AbortSignal.any([over.signal, stop]),
    onReady: (ready) => {
      if (ready) readySince ??= performance.now();
      deps.report(status(ready));
    },
  });
  const failure = await Promise.race([ended, monitored]);
  const readyForMs = readySince === undefined ? 0 : performance.now() - readySince;
  over.abort();
  const exit = await process.stop(graceMs);
  return {
    run: { wasReady: readySince !== undefined, readyForMs },
    status: {
      phase: "Failed",
      ready: false,
      restartCount,
      reason: failure === undefined ? "Exited" : "ProbeFailed",
      message: failure === undefined ? describeExit(exit) : `${failure}; ${describeExit(exit)}`,
    },
  };
};

const neverStarted = (status: PodStatus): RunResult => ({
  run: { wasReady: false, readyForMs: 0 },
  status,
});
