import { maxTimerMs } from "./sleep.ts";

export type OneShot = { arm(ms: number): void; disarm(): void };

/** One timer that is set again and again: arming replaces what was armed. */
export function createOneShot(fire: () => void): OneShot {
  let timer: NodeJS.Timeout | undefined;
  return {
    arm: (ms) => {
      clearTimeout(timer);
      timer = setTimeout(fire, Math.min(Math.max(ms, 0), maxTimerMs));
    },
    disarm: () => clearTimeout(timer),
  };
}
