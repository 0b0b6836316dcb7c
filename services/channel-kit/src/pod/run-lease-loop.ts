import { backoffMs } from "../backoff.ts";
import { isEarlierLifeOf } from "../lease/holder.ts";
import { sleep } from "../sleep.ts";
import type { Session } from "./session.ts";
import { startSession } from "./session.ts";
import { createSessionPauses } from "./session-pauses.ts";
import type { GrantedLease, SessionDeps, SessionEnd } from "./session-deps.ts";

export type LeaseLoopDeps = SessionDeps & {
  /** Wake-ups are taken only while the lease is held: nobody else could act on them. */
  openWakes(onWake: () => void): { close(): Promise<void> };
  /** The account's control channel; what arrives is not checked yet. */
  openControl(onCommand: (payload: unknown) => void): { close(): Promise<void> };
  onSession(session: Session | undefined): void;
};

const longestBanMs = 24 * 60 * 60 * 1000;
const askAgainMs = 1000;

/** Asks for the lease, works under it, and asks again when it is gone, until told to stop. */
export async function runLeaseLoop(deps: LeaseLoopDeps, stop: AbortSignal): Promise<void> {
  const pauses = createSessionPauses(deps.tuning, () => deps.clock.random());
  while (!stop.aborted) {
    const lease = await waitForLease(deps, stop);
    if (lease === null) return;
    const startedAt = deps.clock.monotonicMs();
    const { end, wasOpen, retryAfterMs } = await runUnderLease(deps, lease, stop);
    const livedMs = deps.clock.monotonicMs() - startedAt;
    deps.logger.info({ end, fencingToken: lease.token }, "session ended");
    const ourPauseMs = pauses.after({ end, wasOpen, livedMs });
    const pauseMs = Math.max(ourPauseMs, Math.min(retryAfterMs, longestBanMs));
    await pauseUnlessWanted(deps, pauseMs, stop);
  }
}

/** Resolves with `null` only when told to stop. */
async function waitForLease(deps: LeaseLoopDeps, stop: AbortSignal): Promise<GrantedLease | null> {
  for (let failures = 0; !stop.aborted;) {
    try {
      const lease = await askForLease(deps);
      if (typeof lease === "object") return lease;
      failures = 0;
      await sleep(Math.min(lease, askAgainMs) * (0.75 + deps.clock.random() / 2), stop);
    } catch (err) {
      failures += 1;
      deps.logger.warn({ err }, "the lease could not be asked for");
      await sleep(backoffMs(failures, deps.tuning.storeBackoff, deps.clock.random()), stop);
    }
  }
  return null;
}

/** The lease, or after how many milliseconds it may be free. */
async function askForLease(deps: LeaseLoopDeps): Promise<GrantedLease | number> {
  const ttlMs = deps.tuning.leaseTtlMs;
  const ask = async (proofOfDeath: boolean): Promise<GrantedLease | AskedLease> => {
    const askedAt = deps.clock.monotonicMs();
    const answer = await deps.store.acquireLease({ ttlMs, proofOfDeath });
    return answer.ok ? { ...answer, askedAt } : answer;
  };
  const first = await ask(false);
  if (first.ok) return first;
  const { holder } = first;
  if (holder === null || !isEarlierLifeOf(holder, deps.holder)) {
    return first.expiresInMs ?? askAgainMs;
  }
  // Our own earlier process holds it, and that one has ended: no need to wait for the expiry.
  const second = await ask(true);
  return second.ok ? second : (second.expiresInMs ?? askAgainMs);
}

type AskedLease = { ok: false; holder: string | null; expiresInMs: number | null };

async function runUnderLease(
  deps: LeaseLoopDeps,
  lease: GrantedLease,
  stop: AbortSignal,
): Promise<{ end: SessionEnd; wasOpen: boolean; retryAfterMs: number }> {
  deps.logger.info({ fencingToken: lease.token, holder: deps.holder }, "lease acquired");
  const session = startSession(deps, lease);
  const wakes = deps.openWakes(() => session.poke());
  const control = deps.openControl((payload) => session.command(payload));
  const shutDown = (): void => session.shutDown();
  stop.addEventListener("abort", shutDown, { once: true });
  if (stop.aborted) shutDown();
  deps.onSession(session);
  try {
    const end = await session.ended;
    return { end, wasOpen: session.wasOpen(), retryAfterMs: session.retryAfterMs() };
  } finally {
    stop.removeEventListener("abort", shutDown);
    deps.onSession(undefined);
    for (const each of [wakes, control]) {
      await each.close().catch((err: unknown) => deps.logger.debug({ err }, "not closed"));
    }
  }
}

/** A long pause must not keep somebody waiting who wants to be logged out. */
async function pauseUnlessWanted(
  deps: LeaseLoopDeps,
  ms: number,
  stop: AbortSignal,
): Promise<void> {
  const since = deps.clock.monotonicMs();
  for (let passedMs = 0; passedMs < ms && !stop.aborted;) {
    await sleep(Math.min(ms - passedMs, deps.tuning.pollMs), stop);
    passedMs = deps.clock.monotonicMs() - since;
    const wish = passedMs < ms ? await deps.store.logoutWish().catch(() => null) : null;
    // One try for a new wish, and one when the provider has been waited for long enough.
    const isNew = wish !== null && wish.ageMs <= passedMs;
    if (wish !== null && (isNew || wish.ageMs >= deps.tuning.logoutPatienceMs)) return;
  }
}
