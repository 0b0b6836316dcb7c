import type { Account, AccountStatus } from "../../api/account-kinds.ts";
import { refKey, refOf } from "../../api/objects.ts";
import type { StartState } from "../../plan/start-budget.ts";

/**
 * What an account is in the middle of is told once it lasts: of a start that is over in seconds only
 * the outcome is written. A thousand accounts that start together would otherwise take three writes each.
 */
export interface StatusPace {
  /** Milliseconds for which this status may still wait; 0: it is due. */
  waitMs(account: Account, plan: { start: StartState; status: AccountStatus }): number;
  forget(account: Account): void;
}

const lastsMs = 5_000;
/** For each account under way: of a thousand that start together only outcomes are told for a while. */
const lastsMsPerAccount = 60;

/** Conditions that follow pods as they come and go. */
const following: readonly string[] = ["Ready", "Connected", "Progressing", "Scaling"];

export const createStatusPace = (nowMs = (): number => performance.now()): StatusPace => {
  const underWay = new Map<string, { start: StartState; sinceMs: number }>();
  return {
    waitMs: (account, { start, status }) => {
      const key = refKey(refOf(account));
      if (start === "settled") {
        underWay.delete(key);
        return 0;
      }
      const known = underWay.get(key);
      const entry = known?.start === start ? known : { start, sinceMs: nowMs() };
      underWay.set(key, entry);
      if (isPressing(account, status)) return 0;
      const holdMs = lastsMs + (underWay.size - 1) * lastsMsPerAccount;
      return Math.max(entry.sinceMs + holdMs - nowMs(), 0);
    },
    forget: (account) => underWay.delete(refKey(refOf(account))),
  };
};

/** Something a person may have to act on, or asked for. The first status of an account only if it is bad. */
const isPressing = ({ status: before }: Account, { conditions = [] }: AccountStatus): boolean =>
  conditions.some(({ type, status }) => {
    if (following.includes(type)) return false;
    const last = before?.conditions?.find((condition) => condition.type === type);
    if (before === undefined || last === undefined) return type === "Degraded" && status === "True";
    return last.status !== status;
  });
