import type { Clock } from "../clock.ts";
import type { OutboundAttempt } from "../driver.ts";
import type { PacingPolicy, PacingState } from "./pacing.ts";
import {
  claimBudget,
  idlePacing,
  releaseSlot,
  reserveSlot,
  slotWaitMs,
  spendSlot,
  typingMs,
} from "./pacing.ts";

type PacingSlot = {
  /** The write happened: the gap runs from now. */
  spend(): void;
  /** Gives back a slot that was not spent. Safe to call after `spend`. */
  release(): void;
};

/** Holds the pacing of one account; survives reconnects, so a reconnect is no way around it. */
export type Pacer = {
  budget(freeSlots: number): number;
  waitMs(): number;
  take(): PacingSlot;
  typingMs(attempt: OutboundAttempt): number;
};

export function createPacer(policy: PacingPolicy, clock: Clock): Pacer {
  let state: PacingState = idlePacing;
  return {
    budget: (freeSlots) => claimBudget(policy, state, clock.monotonicMs(), freeSlots),
    waitMs: () => Math.ceil(slotWaitMs(policy, state, clock.monotonicMs())),
    take: () => {
      let spent = false;
      state = reserveSlot(state);
      return {
        spend: () => {
          spent = true;
          state = spendSlot(policy, clock.monotonicMs(), clock.random());
        },
        release: () => {
          if (!spent) state = releaseSlot(state);
        },
      };
    },
    typingMs: (attempt) => typingMs(policy.typing, attempt.content, attempt.lane, clock.random()),
  };
}
