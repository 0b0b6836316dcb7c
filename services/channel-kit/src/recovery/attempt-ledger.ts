import type { Clock } from "../clock.ts";
import { isEarlierLifeOf } from "../lease/holder.ts";
import type { AttemptRef, OpenAttemptRow } from "../store/channel-store.ts";

type AttemptStanding =
  /** Being sent or stored at this moment. */
  | "in_flight"
  /** Settled while the row was being read: nothing to do. */
  | "settled"
  /** Claimed by us in a T1 whose answer was lost: no byte was ever written. */
  | "never_sent"
  /** Written by a process that can write no more. */
  | "writer_dead"
  /** Written by a holder that may merely be stopped: an expired lease proves no death. */
  | "writer_unknown";

/** What this process knows about open attempts under one lease. */
export type AttemptLedger = {
  /** First call wins: rows that were open before this lease's first claim are not ours. */
  setBaseline(rows: AttemptRef[]): void;
  begin(ref: AttemptRef): void;
  end(ref: AttemptRef, stillOpen: boolean): void;
  /**
   * Before another copy is asked for: should the answer be lost, its new row counts as possibly
   * written, as the one it supersedes.
   */
  resending(messageId: string): void;
  standingOf(row: OpenAttemptRow): AttemptStanding;
};

const rememberMs = 10 * 60 * 1000;
const keyOf = (ref: AttemptRef): string => `${ref.messageId}#${String(ref.attemptNo)}`;

export function createAttemptLedger(input: {
  holder: string;
  token: number;
  clock: Pick<Clock, "monotonicMs">;
}): AttemptLedger {
  const inFlight = new Set<string>();
  const leftOpen = new Set<string>();
  const resent = new Set<string>();
  /** Kept a while: a row read just before its settlement must not look like a lost claim. */
  const settledAt = new Map<string, number>();
  let baseline: Set<string> | undefined;

  const forgetOld = (): void => {
    const limit = input.clock.monotonicMs() - rememberMs;
    for (const [key, at] of settledAt) {
      if (at > limit) return;
      settledAt.delete(key);
    }
  };
  const standingOfOwn = (row: OpenAttemptRow, key: string): AttemptStanding => {
    if (inFlight.has(key)) return "in_flight";
    if (settledAt.has(key)) return "settled";
    return leftOpen.has(key) || resent.has(row.messageId) ? "writer_dead" : "never_sent";
  };
  return {
    setBaseline: (rows) => {
      baseline ??= new Set(rows.map(keyOf));
    },
    begin: (ref) => void inFlight.add(keyOf(ref)),
    end: (ref, stillOpen) => {
      const key = keyOf(ref);
      inFlight.delete(key);
      forgetOld();
      if (stillOpen) leftOpen.add(key);
      else {
        leftOpen.delete(key);
        settledAt.set(key, input.clock.monotonicMs());
      }
    },
    resending: (messageId) => void resent.add(messageId),
    standingOf: (row) => {
      const key = keyOf(row);
      const ours = row.token === input.token && row.holder === input.holder;
      if (ours && baseline?.has(key) === false) return standingOfOwn(row, key);
      // An earlier lease of this very process: it ended only after its sends had.
      const ownPast = row.holder === input.holder && row.token !== input.token;
      return ownPast || isEarlierLifeOf(row.holder, input.holder)
        ? "writer_dead"
        : "writer_unknown";
    },
  };
}
