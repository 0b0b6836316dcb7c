/** How one run of a process went, for deciding when to start the next. */
export interface RunOutcome {
  wasReady: boolean;
  readyForMs: number;
}

export interface RestartPolicy {
  baseMs: number;
  /** For a process that worked and then ended: it serves again soon, even when it ends often. */
  maxAfterReadyMs: number;
  /** For a process that never became ready: a broken configuration must not burn a core. */
  maxMs: number;
  /** A run that served this long counts as healthy, and the delay starts over. */
  healthyAfterMs: number;
}

export const defaultRestartPolicy: RestartPolicy = {
  baseMs: 250,
  maxAfterReadyMs: 2_000,
  maxMs: 60_000,
  healthyAfterMs: 10_000,
};

export const nextFailureCount = (
  failures: number,
  run: RunOutcome,
  policy: RestartPolicy,
): number => (run.wasReady && run.readyForMs >= policy.healthyAfterMs ? 0 : failures + 1);

export const restartDelayMs = (
  failures: number,
  run: RunOutcome,
  policy: RestartPolicy,
): number => {
  const max = run.wasReady ? policy.maxAfterReadyMs : policy.maxMs;
  return Math.min(max, policy.baseMs * 2 ** Math.min(Math.max(failures - 1, 0), 20));
};
