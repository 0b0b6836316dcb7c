import { setTimeout as delay } from "node:timers/promises";

export type Traffic = {
  /** Every text that was accepted so far. */
  accepted: readonly string[];
  /** What a request failed with, in the order of their coming. */
  failures: readonly string[];
  /** Resolves once at least `count` were accepted, and ends it. */
  finish: (count: number) => Promise<void>;
};

type TrafficOptions = {
  send: (text: string, key: string) => Promise<unknown>;
  name: string;
  perSecond: number;
  /** A request that failed is made again with its key, as a good client does. */
  retry: boolean;
};

const workers = 8;
const retryAfterMs = 500;

/** Sends different texts at an even rate until it is finished. */
export const startTraffic = ({ send, name, perSecond, retry }: TrafficOptions): Traffic => {
  const accepted: string[] = [];
  const failures: string[] = [];
  const started = performance.now();
  let next = 0;
  let wanted = Number.POSITIVE_INFINITY;
  const attempt = async (text: string, key: string): Promise<void> => {
    try {
      await send(text, key);
      accepted.push(text);
    } catch (error) {
      failures.push(`${new Date().toISOString()} ${(error as Error).message}`);
      if (!retry) return;
      await delay(retryAfterMs);
      await attempt(text, key);
    }
  };
  const work = async (): Promise<void> => {
    while (next < wanted) {
      const index = next;
      next += 1;
      await delay(Math.max(0, started + (index * 1000) / perSecond - performance.now()));
      await attempt(`${name} ${index}`, crypto.randomUUID());
    }
  };
  const done = Promise.all(Array.from({ length: workers }, work));
  return {
    accepted,
    failures,
    finish: async (count) => {
      wanted = count;
      await done;
    },
  };
};
