/**
 * How long a loop leaves the database alone after a call: so many times what the call took. A call costs
 * nearly the same for one row as for twenty, and takes longer under load, so more rows wait for the next
 * one just when that saves most (decision 13).
 */
export interface RestPolicy {
  readonly ratio: number;
  /** In milliseconds; what a rest can add to the time of one message. */
  readonly maxMs: number;
}

/** In milliseconds; 0 where a timer could not keep it. */
export function restAfter({ ratio, maxMs }: RestPolicy, tookMs: number): number {
  const ms = Math.min(ratio * tookMs, maxMs);
  return ms < 1 ? 0 : ms;
}

export interface Rest {
  /** Resolves after the rest, or when it is cut short. */
  after(tookMs: number): Promise<void>;
  /** Cuts short the rest that is on; does nothing otherwise. */
  end(): void;
}

export function makeRest(policy: RestPolicy): Rest {
  let end: (() => void) | undefined;
  return {
    after: async (tookMs) => {
      const ms = restAfter(policy, tookMs);
      if (ms === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      end = undefined;
    },
    end: () => end?.(),
  };
}
