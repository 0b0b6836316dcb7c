import type { AccountWork, Depth, ScaledAccount } from "./scaling-types.ts";

export const defaultHibernateAfterSeconds = 900;
/** A pod needs about this long to serve, so it is woken that long before a message is due. */
const wakeAheadMs = 20_000;

/** What an account needs, told from a queue depth that could be read. */
export interface Need {
  /**
   * What an autoscaler is told: messages due now, and at least 1 as long as the account has to
   * run. Only an account that may hibernate needs 0.
   */
  demand: number;
  idleSince: Date | undefined;
  /** Until it may hibernate: 0 when it may now, Infinity while there is no end to see. */
  hibernatesInMs: number;
  /** Until a hibernating account has to be woken; Infinity when nothing is queued for later. */
  wakesInMs: number;
}

export const needOf = (
  account: ScaledAccount,
  work: Omit<AccountWork, "depth"> & { depth: Depth },
  now: Date,
): Need => {
  const wakesInMs = untilWake(work.depth, now);
  const isBusy = work.depth.ready > 0 || work.isPairing || work.isLeaving || wakesInMs <= 0;
  const idleSince = isBusy ? undefined : idleStart(account, work.lastActivityAt, now);
  const idleLeftMs = idleSince === undefined ? Infinity : idleRest(account, idleSince, now);
  const staysUp = account.spec.minReplicas > 0;
  return {
    demand: Math.max(work.depth.ready, staysUp || idleLeftMs > 0 ? 1 : 0),
    idleSince,
    hibernatesInMs: staysUp ? Infinity : Math.max(idleLeftMs, 0),
    wakesInMs,
  };
};

const untilWake = ({ nextDueAt }: Depth, now: Date): number =>
  nextDueAt === undefined ? Infinity : nextDueAt.getTime() - wakeAheadMs - now.getTime();

const idleStart = (account: ScaledAccount, lastActivityAt: Date | undefined, now: Date): Date => {
  const noted = readTime(account.status?.idleSince) ?? now;
  // A burst between two readings leaves its mark here only.
  return lastActivityAt !== undefined && lastActivityAt > noted ? lastActivityAt : noted;
};

const idleRest = ({ spec }: ScaledAccount, idleSince: Date, now: Date): number => {
  const seconds = spec.hibernateAfterSeconds ?? defaultHibernateAfterSeconds;
  return idleSince.getTime() + seconds * 1000 - now.getTime();
};

export const readTime = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);
