import { secretReferencesOf, type Account } from "../../api/account-kinds.ts";
import { admitStart, directEgress, type StartLimits } from "../../plan/start-budget.ts";

/** Who is starting at the moment. Kept in memory: a restarted operator finds out by looking. */
export interface StartSlots {
  /** Whether this account may start, should it have to. Takes nothing. */
  mayStart(key: string, account: Account, limits: StartLimits): ReturnType<typeof admitStart>;
  /** Notes that an account is starting, or no longer. */
  note(key: string, account: Account, isStarting: boolean): void;
  forget(key: string): void;
}

/** An account that does not come up blocks nobody for longer than this. */
const slotMaxMs = 60_000;

export const createStartSlots = (nowMs: () => number = () => performance.now()): StartSlots => {
  const starting = new Map<string, { egress: string; sinceMs: number }>();
  /** Starts that took too long: they count no more until they have been ready once. */
  const expired = new Set<string>();

  const dropOld = (): void => {
    for (const [key, { sinceMs }] of starting) {
      if (nowMs() - sinceMs < slotMaxMs) continue;
      starting.delete(key);
      expired.add(key);
    }
  };

  return {
    mayStart: (key, account, limits) => {
      dropOld();
      return admitStart(key, egressOf(account), { starting, limits });
    },
    note: (key, account, isStarting) => {
      dropOld();
      if (!isStarting) {
        starting.delete(key);
        expired.delete(key);
      } else if (!starting.has(key) && !expired.has(key)) {
        starting.set(key, { egress: egressOf(account), sinceMs: nowMs() });
      }
    },
    forget: (key) => {
      starting.delete(key);
      expired.delete(key);
    },
  };
};

/** The same proxy Secret is the same way out; what is in it is nothing the operator reads. */
const egressOf = (account: Account): string => {
  const proxy = secretReferencesOf(account).find(({ env }) => env === "PROXY_URL");
  if (proxy === undefined) return directEgress;
  return `${account.metadata.namespace}/${proxy.name}/${proxy.key}`;
};
