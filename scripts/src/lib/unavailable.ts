/** Something outside this project is missing or does not answer; its message says what to do. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}

/** 69 (EX_UNAVAILABLE of sysexits.h) for what is missing outside, 1 for everything else. */
export const exitCodeOf = (error: unknown): number => (error instanceof Unavailable ? 69 : 1);
