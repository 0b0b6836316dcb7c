import { restAfter, type RestPolicy } from "@rarity/platform/rest";
import type { Clock } from "../clock.ts";
import { createOneShot } from "../one-shot.ts";

const policy: RestPolicy = { ratio: 4, maxMs: 50 };

export type LoopRest = {
  isOn(): boolean;
  /** Rests after work that began then (monotonic ms). */
  begin(startedAtMs: number): void;
  end(): void;
};

/** The rest between two claims; `onOver` is told when one is over. */
export function createLoopRest(clock: Clock, onOver: () => void): LoopRest {
  let on = false;
  const timer = createOneShot(() => {
    on = false;
    onOver();
  });
  return {
    isOn: () => on,
    begin: (startedAtMs) => {
      const ms = restAfter(policy, clock.monotonicMs() - startedAtMs);
      if (ms === 0) return;
      on = true;
      timer.arm(ms);
    },
    end: () => {
      on = false;
      timer.disarm();
    },
  };
}
