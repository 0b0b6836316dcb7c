import { secretReferencesOf, type Account } from "../../api/account-kinds.ts";
import { refKey, refOf, type ObjectRef } from "../../api/objects.ts";
import {
  admitStart,
  directEgress,
  type StartLimits,
  type StartState,
} from "../../plan/start-budget.ts";

/** Who is starting at the moment. Kept in memory: a restarted operator finds out by looking. */
export interface StartSlots {
  /** Whether this account may start, should it have to. Takes nothing. */
  mayStart(account: Account, limits: StartLimits): ReturnType<typeof admitStart>;
  /** Notes what an account is after a look: starting, waiting for its turn, or neither. */
  note(account: Account, state: StartState, limits: StartLimits): void;
  forget(account: Account): void;
}

export interface StartSlotsDeps {
  /** A place is free, and this account has waited longest of those that could take it. */
  onTurn: (ref: ObjectRef) => void;
  nowMs?: () => number;
}

interface Waiting {
  ref: ObjectRef;
  egress: string;
  limits: StartLimits;
}

/** An account that does not come up blocks nobody for longer than this. */
const slotMaxMs = 60_000;

export const createStartSlots = (deps: StartSlotsDeps): StartSlots => {
  const { onTurn, nowMs = () => performance.now() } = deps;
  const starting = new Map<string, { egress: string; sinceMs: number }>();
  /** Starts that took too long: they count no more until they have been ready once. */
  const expired = new Set<string>();
  /** In the order in which they came. */
  const waiting = new Map<string, Waiting>();

  const dropOld = (): void => {
    for (const [key, { sinceMs }] of starting) {
      if (nowMs() - sinceMs < slotMaxMs) continue;
      starting.delete(key);
      expired.add(key);
    }
  };

  /** One for each place that becomes free: it looks again, and waits on if somebody was faster. */
  const wakeNext = (): void => {
    for (const [key, { ref, egress, limits }] of waiting) {
      if (!admitStart(key, egress, { starting, limits }).ok) continue;
      waiting.delete(key);
      onTurn(ref);
      return;
    }
  };

  const free = (key: string): void => {
    expired.delete(key);
    if (starting.delete(key)) wakeNext();
  };

  return {
    mayStart: (account, limits) => {
      dropOld();
      return admitStart(keyOf(account), egressOf(account), { starting, limits });
    },
    note: (account, state, limits) => {
      const key = keyOf(account);
      const egress = egressOf(account);
      dropOld();
      // A key that waits already keeps its place.
      if (state === "waiting") waiting.set(key, { ref: refOf(account), egress, limits });
      else waiting.delete(key);
      if (state !== "starting") free(key);
      else if (!starting.has(key) && !expired.has(key)) {
        starting.set(key, { egress, sinceMs: nowMs() });
      }
    },
    forget: (account) => {
      waiting.delete(keyOf(account));
      free(keyOf(account));
    },
  };
};

const keyOf = (account: Account): string => refKey(refOf(account));

/** The same proxy Secret is the same way out; what is in it is nothing the operator reads. */
const egressOf = (account: Account): string => {
  const proxy = secretReferencesOf(account).find(({ env }) => env === "PROXY_URL");
  if (proxy === undefined) return directEgress;
  return `${account.metadata.namespace}/${proxy.name}/${proxy.key}`;
};
