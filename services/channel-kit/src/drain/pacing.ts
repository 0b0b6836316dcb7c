import type { AttemptContent, Lane } from "../driver.ts";

export type TypingPolicy = { charsPerSecond: number; minMs: number; maxMs: number };

export type PacingPolicy = {
  /** Smallest and largest pause between two writes of one account. 0/0 means "no pacing". */
  minGapMs: number;
  maxGapMs: number;
  typing: TypingPolicy | null;
};

/** `reserved`: a claimed attempt has not been written yet, so the next slot is not known. */
export type PacingState = { nextSlotAt: number; reserved: boolean };

export const idlePacing: PacingState = { nextSlotAt: Number.NEGATIVE_INFINITY, reserved: false };

function isPaced(policy: PacingPolicy): boolean {
  return policy.maxGapMs > 0;
}

/** How many attempts may be claimed now. A paced account goes one write at a time. */
export function claimBudget(
  policy: PacingPolicy,
  state: PacingState,
  now: number,
  freeSlots: number,
): number {
  if (freeSlots <= 0) return 0;
  if (!isPaced(policy)) return freeSlots;
  return state.reserved || now < state.nextSlotAt ? 0 : 1;
}

export function slotWaitMs(policy: PacingPolicy, state: PacingState, now: number): number {
  if (!isPaced(policy) || state.reserved) return 0;
  return Math.max(0, state.nextSlotAt - now);
}

export function reserveSlot(state: PacingState): PacingState {
  return { ...state, reserved: true };
}

/** A gap runs from the write itself, so slow typing never shortens it. */
export function spendSlot(policy: PacingPolicy, now: number, random: number): PacingState {
  const min = Math.min(policy.minGapMs, policy.maxGapMs);
  return { nextSlotAt: now + min + (policy.maxGapMs - min) * random, reserved: false };
}

/** The reserved attempt was not written: the slot is free again. */
export function releaseSlot(state: PacingState): PacingState {
  return { ...state, reserved: false };
}

/**
 * How long "typing" is shown before a send. A reply was typed by a person already and a reaction
 * takes no typing, so neither waits.
 */
export function typingMs(
  policy: TypingPolicy | null,
  content: AttemptContent,
  lane: Lane,
  random: number,
): number {
  if (policy === null || lane === "reply" || content.type === "reaction") return 0;
  const text = content.type === "text" ? content.text : (content.caption ?? "");
  const perChar = 1000 / Math.max(policy.charsPerSecond, 0.1);
  // People are not metronomes: 85 % to 115 % of the plain figure.
  const wanted = text.length * perChar * (0.85 + 0.3 * random);
  return Math.round(Math.min(Math.max(wanted, policy.minMs), Math.max(policy.minMs, policy.maxMs)));
}
