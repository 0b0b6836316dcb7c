import type { Clock } from "../clock.ts";
import { createOneShot } from "../one-shot.ts";

type LeaseGrant = { token: number; expiresInMs: number };

/** `null`: somebody else has it now. A throw means "could not ask". */
type RenewLease = (token: number) => Promise<{ expiresInMs: number } | null>;

type LeaseLossReason = "expired" | "taken" | "closed";

export type LeaseKeeper = {
  readonly token: number;
  /** Monotonic, no I/O. 0 once lost. */
  remainingMs(): number;
  /** Age of the last successful acquire or renew. */
  ageMs(): number;
  /** Asks the database now (after 440): true when the lease is still ours. */
  reread(): Promise<boolean>;
  close(): void;
};

export type LeaseKeeperOptions = {
  grant: LeaseGrant;
  /** Monotonic time from BEFORE the acquire query was sent. */
  askedAt: number;
  ttlMs: number;
  renew: RenewLease;
  clock: Clock;
  /** Called once, in the same turn as the loss is noticed. */
  onLost(reason: LeaseLossReason): void;
  onRenewFailed(error: unknown): void;
};

/**
 * Keeps one lease alive. The local deadline is always earlier than the database's: it counts from
 * before the question, on a clock that no time step can move. At the deadline the lease is lost
 * whether or not anybody else wants it.
 */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { clock, grant, ttlMs } = options;
  const state = {
    deadline: options.askedAt + Math.min(grant.expiresInMs, ttlMs),
    renewedAt: options.askedAt,
    lost: false,
  };
  const remainingMs = (): number =>
    state.lost ? 0 : Math.max(0, state.deadline - clock.monotonicMs());
  const deadline = createOneShot(() => {
    if (remainingMs() <= 0) lose("expired");
    else deadline.arm(Math.ceil(remainingMs()));
  });
  const lose = (reason: LeaseLossReason): void => {
    if (state.lost) return;
    state.lost = true;
    deadline.disarm();
    renewal.stop();
    if (reason !== "closed") options.onLost(reason);
  };
  const renewal = createRenewal(options, {
    isLost: () => state.lost,
    onRenewed: (askedAt, expiresInMs) => {
      state.deadline = askedAt + Math.min(expiresInMs, ttlMs);
      state.renewedAt = askedAt;
      deadline.arm(Math.ceil(remainingMs()));
    },
    onTaken: () => lose("taken"),
  });

  deadline.arm(Math.ceil(remainingMs()));
  return {
    token: grant.token,
    remainingMs,
    ageMs: () => clock.monotonicMs() - state.renewedAt,
    reread: async () => {
      if (!state.lost) await renewal.renewNow();
      return remainingMs() > 0;
    },
    close: () => lose("closed"),
  };
}

type RenewalHooks = {
  isLost(): boolean;
  onRenewed(askedAt: number, expiresInMs: number): void;
  onTaken(): void;
};

/** Renews at a third of the time to live, and sooner after a failure; one question at a time. */
function createRenewal(
  { renew, grant, clock, ttlMs, onRenewFailed }: LeaseKeeperOptions,
  hooks: RenewalHooks,
): { renewNow(): Promise<void>; stop(): void } {
  let renewing: Promise<void> | undefined;
  const askOnce = async (): Promise<void> => {
    const askedAt = clock.monotonicMs();
    try {
      const answer = await renew(grant.token);
      if (hooks.isLost()) return;
      if (answer === null) {
        hooks.onTaken();
        return;
      }
      hooks.onRenewed(askedAt, answer.expiresInMs);
      timer.arm(ttlMs / 3);
    } catch (error) {
      if (hooks.isLost()) return;
      onRenewFailed(error);
      timer.arm(Math.max(100, Math.min(1000, ttlMs / 10)));
    }
  };
  const renewNow = (): Promise<void> => {
    renewing ??= askOnce().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  const timer = createOneShot(() => void renewNow());
  timer.arm(ttlMs / 3);
  return { renewNow, stop: timer.disarm };
}
