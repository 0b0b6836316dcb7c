import { createTokenBucket, type TokenBucket } from "./token-bucket.ts";

export interface BreakerOptions {
  burst?: number;
  refillPerSecond?: number;
  openForMs?: number;
  /** While it is open, one look in so long. */
  probeEveryMs?: number;
  nowMs?: () => number;
}

export interface Verdict {
  /** 0: now. Otherwise look again after so many milliseconds, and not before. */
  delayMs: number;
  /** Set once, when the breaker opens: what wakes the object most. */
  tripped?: string;
}

/** Keeps one object that is woken all the time from costing everybody else. */
export interface Breaker {
  /** `cause` names the watched object that wakes this one. */
  admit(key: string, cause: string): Verdict;
  /** While open: who did it. */
  causeOf(key: string): string | undefined;
  forget(key: string): void;
}

interface Entry {
  bucket: TokenBucket;
  causes: Map<string, number>;
  open?: { untilMs: number; cause: string };
}

const causesMax = 32;
const entriesMax = 20_000;

/**
 * Two hundred wake-ups at once and five a second after that, which is more than any rollout takes;
 * whoever needs more is held back for five minutes.
 */
export const createBreaker = (options: BreakerOptions = {}): Breaker => {
  const { burst = 200, refillPerSecond = 5, openForMs = 300_000 } = options;
  const { probeEveryMs = 30_000, nowMs = () => performance.now() } = options;
  const entries = new Map<string, Entry>();

  const entryOf = (key: string): Entry => {
    const found = entries.get(key);
    if (found !== undefined) return found;
    if (entries.size >= entriesMax) dropQuiet(entries);
    const bucket = createTokenBucket({ burst, perSecond: refillPerSecond, nowMs });
    const entry: Entry = { bucket, causes: new Map() };
    entries.set(key, entry);
    return entry;
  };

  const isOpen = (entry: Entry): boolean => {
    if (entry.open === undefined) return false;
    if (nowMs() < entry.open.untilMs) return true;
    delete entry.open;
    entry.causes.clear();
    return false;
  };

  return {
    admit: (key, cause) => {
      const entry = entryOf(key);
      // An edit by a person passes, unless the object itself is what changes all the time.
      if (isOpen(entry)) {
        return { delayMs: cause === key && entry.open?.cause !== key ? 0 : probeEveryMs };
      }
      if (entry.bucket.isFull()) entry.causes.clear();
      if (entry.causes.size < causesMax || entry.causes.has(cause)) {
        entry.causes.set(cause, (entry.causes.get(cause) ?? 0) + 1);
      }
      if (entry.bucket.take() === 0) return { delayMs: 0 };
      const worst = busiest(entry.causes);
      entry.open = { untilMs: nowMs() + openForMs, cause: worst };
      return { delayMs: probeEveryMs, tripped: worst };
    },
    causeOf: (key) => {
      const entry = entries.get(key);
      return entry !== undefined && isOpen(entry) ? entry.open?.cause : undefined;
    },
    forget: (key) => entries.delete(key),
  };
};

const busiest = (causes: ReadonlyMap<string, number>): string =>
  [...causes].reduce((most, next) => (next[1] > most[1] ? next : most), ["?", 0])[0];

const dropQuiet = (entries: Map<string, Entry>): void => {
  for (const [key, { bucket, open }] of entries) {
    if (open === undefined && bucket.isFull()) entries.delete(key);
  }
};
