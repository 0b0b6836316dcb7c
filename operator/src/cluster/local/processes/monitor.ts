import type { Container, Probe } from "../../../api/workloads.ts";
import { probeHttp } from "./http-probe.ts";
import type { RunningProcess } from "./child-process.ts";

const startIntervalMs = 100;
const startTimeoutMs = 60_000;

export interface MonitorDeps {
  container: Container;
  port: number;
  process: RunningProcess;
  signal: AbortSignal;
  onReady: (ready: boolean) => void;
}

/**
 * Probes a process until the signal aborts. Returns why it has to be replaced, or undefined when it
 * ended or was stopped for another reason. Liveness counts once it has answered for the first time.
 */
export const monitorProcess = async (deps: MonitorDeps): Promise<string | undefined> => {
  const { livenessProbe, readinessProbe } = deps.container;
  if (readinessProbe === undefined) deps.onReady(true);
  if (livenessProbe !== undefined && !(await waitForStart(deps, livenessProbe))) {
    return deps.signal.aborted ? undefined : `did not start within ${startTimeoutMs / 1000} s`;
  }
  const watchers = [
    livenessProbe === undefined ? undefined : watchLiveness(deps, livenessProbe),
    readinessProbe === undefined ? undefined : watchReadiness(deps, readinessProbe),
  ].filter((watcher) => watcher !== undefined);
  return Promise.race([aborted(deps.signal), ...watchers]);
};

const waitForStart = async (deps: MonitorDeps, probe: Probe): Promise<boolean> => {
  const deadline = performance.now() + startTimeoutMs;
  while (!deps.signal.aborted && performance.now() < deadline) {
    if (await runProbe(deps, probe)) return true;
    await pause(startIntervalMs, deps.signal);
  }
  return false;
};

const watchLiveness = async (deps: MonitorDeps, probe: Probe): Promise<string | undefined> => {
  let failures = 0;
  while (!deps.signal.aborted) {
    await pause((probe.periodSeconds ?? 10) * 1000, deps.signal);
    failures = (await runProbe(deps, probe)) ? 0 : failures + 1;
    if (deps.signal.aborted) return undefined;
    if (failures >= (probe.failureThreshold ?? 3)) return `${probe.httpGet.path} did not answer`;
  }
  return undefined;
};

const watchReadiness = async (deps: MonitorDeps, probe: Probe): Promise<undefined> => {
  let isReady = false;
  let failures = 0;
  while (!deps.signal.aborted) {
    const passed = await runProbe(deps, probe);
    if (deps.signal.aborted) return undefined;
    failures = passed ? 0 : failures + 1;
    if (passed !== isReady && (passed || failures >= (probe.failureThreshold ?? 3))) {
      isReady = passed;
      deps.onReady(isReady);
    }
    // A process that is about to become ready is asked often: it is what a woken account waits for.
    await pause(isReady ? (probe.periodSeconds ?? 10) * 1000 : startIntervalMs, deps.signal);
  }
  return undefined;
};

const runProbe = async (deps: MonitorDeps, probe: Probe): Promise<boolean> => {
  const { path, port } = probe.httpGet;
  const target = typeof port === "number" ? port : deps.port;
  return probeHttp(target, path, (probe.timeoutSeconds ?? 1) * 1000);
};

/** Waits, or returns early when the signal aborts. */
export const pause = async (delayMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener("abort", done);
  });

const aborted = async (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
