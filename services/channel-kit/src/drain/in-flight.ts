export type InFlight = {
  readonly size: number;
  add(work: Promise<void>): void;
};

/** The sends that have started and not ended. */
export function createInFlight(onEnded: () => void): InFlight {
  const running = new Set<Promise<void>>();
  return {
    get size() {
      return running.size;
    },
    add: (work) => {
      const done = work.finally(() => {
        running.delete(done);
        onEnded();
      });
      running.add(done);
    },
  };
}
