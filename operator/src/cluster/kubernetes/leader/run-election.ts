import { setTimeout as delay } from "node:timers/promises";
import { isClusterError } from "../../errors.ts";
import type { LeaseClient, StoredLease } from "./lease-client.ts";
import { heldLease, nextLeaseStep, releasedLease, type ObservedLease } from "./lease-record.ts";

export interface ElectionTiming {
  /** How long the others wait for a holder that is silent. */
  durationMs: number;
  /** How long a holder acts on its last renewal: shorter, so that it stops before another starts. */
  deadlineMs: number;
  /** How often a holder renews. */
  renewMs: number;
  /** How often a candidate looks, and a holder tries again that could not renew. */
  retryMs: number;
}

/**
 * client-go's durations and retry. It renews every 2 s; twice before the deadline is as safe here,
 * because a failed renewal is tried again after `retryMs`, and costs the API server less.
 */
export const defaultTiming: ElectionTiming = {
  ...{ durationMs: 15_000, deadlineMs: 10_000, renewMs: 4_000, retryMs: 2_000 },
};

export interface ElectionDeps {
  lease: LeaseClient;
  identity: string;
  timing: ElectionTiming;
  /** A clock that goes on while this process does not. */
  nowMs: () => number;
  /** Until when this process may act as the leader. */
  onHeld: (untilMs: number) => void;
  onLost: () => void;
  onError: (error: unknown) => void;
  /** False: whoever works with the lease seems dead, and somebody else should have it. */
  isWanted: () => boolean;
  random?: () => number;
}

/** Takes part in the election until the signal aborts, then gives the lease back if it is held. */
export const runElection = async (deps: ElectionDeps, signal: AbortSignal): Promise<void> => {
  const { timing, random = Math.random } = deps;
  const state: ElectionState = { lease: undefined, heldUntilMs: undefined };
  while (!signal.aborted) {
    const isRenewed = await tryOnce(deps, state);
    if (state.heldUntilMs !== undefined && deps.nowMs() >= state.heldUntilMs) lose(deps, state);
    const pauseMs = isRenewed ? timing.renewMs : timing.retryMs;
    // Candidates that look at different moments do not fight over a free lease.
    await delay(pauseMs * (isRenewed ? 1 : 1 + random() / 5), undefined, { signal }).catch(
      () => undefined,
    );
  }
  await release(deps, state);
};

interface ElectionState {
  lease: ObservedLease | undefined;
  heldUntilMs: number | undefined;
}

/** One look and one write at most. True when the lease is ours now. */
const tryOnce = async (deps: ElectionDeps, state: ElectionState): Promise<boolean> => {
  const { lease, identity, timing, nowMs } = deps;
  if (!deps.isWanted()) return false;
  try {
    // A holder knows the lease: nobody else writes it, or its own write fails.
    if (state.heldUntilMs === undefined) observe(state, await lease.read(), nowMs());
    const before = state.lease;
    const beganMs = nowMs();
    const step = nextLeaseStep(before, { identity, nowMs: beganMs });
    if (step === "wait") return false;
    const durationSeconds = Math.round(timing.durationMs / 1000);
    const spec = heldLease(before?.spec, { identity, durationSeconds, now: new Date() });
    const written =
      before === undefined ? await lease.create(spec) : await lease.replace(before, spec);
    observe(state, written, nowMs());
    // Counted from before the request: the server may have had it long before its answer.
    state.heldUntilMs = beganMs + timing.deadlineMs;
    deps.onHeld(state.heldUntilMs);
    return true;
  } catch (error) {
    await recover(deps, state, error);
    return false;
  }
};

/** A lost race says that somebody else may be the holder: look, and stop at once if so. */
const recover = async (deps: ElectionDeps, state: ElectionState, error: unknown): Promise<void> => {
  if (!isClusterError(error, "Conflict") && !isClusterError(error, "NotFound")) {
    deps.onError(error);
    return;
  }
  try {
    observe(state, await deps.lease.read(), deps.nowMs());
    const isOurs = state.lease?.spec.holderIdentity === deps.identity;
    if (state.heldUntilMs !== undefined && !isOurs) lose(deps, state);
  } catch (failure) {
    deps.onError(failure);
  }
};

const observe = (state: ElectionState, stored: StoredLease | undefined, nowMs: number): void => {
  if (stored === undefined) state.lease = undefined;
  else if (stored.resourceVersion !== state.lease?.resourceVersion) {
    state.lease = { ...stored, sinceMs: nowMs };
  }
};

const lose = (deps: ElectionDeps, state: ElectionState): void => {
  state.heldUntilMs = undefined;
  deps.onLost();
};

const release = async (
  deps: ElectionDeps,
  { lease, heldUntilMs }: ElectionState,
): Promise<void> => {
  if (heldUntilMs === undefined || lease === undefined) return;
  try {
    await deps.lease.replace(lease, releasedLease(lease.spec, new Date()));
  } catch (error) {
    // It runs out by itself.
    deps.onError(error);
  }
};
