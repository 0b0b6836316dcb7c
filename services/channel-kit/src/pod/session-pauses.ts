import type { BackoffPolicy } from "../backoff.ts";
import { backoffMs } from "../backoff.ts";
import type { SessionEnd } from "./session-deps.ts";

type SessionPast = {
  end: SessionEnd;
  livedMs: number;
  /** It was connected to the provider at some time. */
  wasOpen: boolean;
};

export type SessionPauses = {
  /** How long to wait, in milliseconds, before the lease is asked for again. */
  after(past: SessionPast): number;
};

export const longestPauseMs = 15 * 60 * 1000;

/**
 * Being replaced or refused again and again must not become a fight with the other side: only a
 * session that outlived the longest pause is a good one. What our own side did to a session (a lost
 * lease, a database that was away) is forgiven as soon as one was connected again.
 */
export function createSessionPauses(
  tuning: { replacedPauseMs: number; backoff: BackoffPolicy },
  random: () => number,
): SessionPauses {
  let refused = 0;
  let broken = 0;
  return {
    after({ end, livedMs, wasOpen }) {
      if (livedMs > longestPauseMs) refused = 0;
      if (wasOpen) broken = 0;
      switch (end) {
        case "shutdown":
          return 0;
        case "replaced":
        case "failed":
          refused += 1;
          return Math.min(tuning.replacedPauseMs * 2 ** Math.min(refused - 1, 10), longestPauseMs);
        case "lease_lost":
        case "fenced":
        case "connect_failed":
          broken += 1;
          return backoffMs(broken, tuning.backoff, random());
      }
    },
  };
}
