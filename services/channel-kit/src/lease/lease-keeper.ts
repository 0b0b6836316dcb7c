import type { Clock } from "../clock.ts";
import { maxTimerMs } from "../sleep.ts";

export type LeaseGrant = { token: number; expiresInMs: number };

/** `null`: somebody else has it now. A throw means "could not ask". */
export type RenewLease = (token: number) => Promise<{ expiresInMs: number } | null>;

export type LeaseLossReason = "expired" | "taken" | "closed";

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
  let deadlineTimer: NodeJS.Timeout | undefined;
  let renewTimer: NodeJS.Timeout | undefined;
  let renewing: Promise<boolean> | undefined;

  const lose = (reason: LeaseLossReason): void => {
    if (state.lost) return;
    state.lost = true;
    clearTimeout(deadlineTimer);
    clearTimeout(renewTimer);
    if (reason !== "closed") options.onLost(reason);
  };
  const remainingMs = (): number =>
    state.lost ? 0 : Math.max(0, state.deadline - clock.monotonicMs());

  const armDeadline = (): void => {
    clearTimeout(deadlineTimer);
    deadlineTimer = setTimeout(
      () => {
        if (remainingMs() <= 0) lose("expired");
        else armDeadline();
      },
      Math.min(Math.ceil(remainingMs()), maxTimerMs),
    );
  };
  const armRenew = (ms: number): void => {
    clearTimeout(renewTimer);
    renewTimer = setTimeout(() => void renewOnce(), ms);
  };

  const askOnce = async (): Promise<boolean> => {
    const askedAt = clock.monotonicMs();
    try {
      const answer = await options.renew(grant.token);
      if (state.lost) return false;
      if (answer === null) {
        lose("taken");
        return false;
      }
      state.deadline = askedAt + Math.min(answer.expiresInMs, ttlMs);
      state.renewedAt = askedAt;
      armDeadline();
      armRenew(ttlMs / 3);
      return true;
    } catch (error) {
      if (state.lost) return false;
      options.onRenewFailed(error);
      armRenew(Math.max(100, Math.min(1000, ttlMs / 10)));
      return remainingMs() > 0;
    }
  };
  const renewOnce = (): Promise<boolean> => {
    renewing ??= askOnce().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  armDeadline();
  armRenew(ttlMs / 3);
  return {
    token: grant.token,
    remainingMs,
    ageMs: () => clock.monotonicMs() - state.renewedAt,
    reread: () => (state.lost ? Promise.resolve(false) : renewOnce()),
    close: () => lose("closed"),
  };
}
