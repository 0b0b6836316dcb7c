/** The timers of one connection: gone with it. */
export type ConnectionTimers = {
  stop(): void;
  later(ms: number, work: () => void): void;
  every(ms: number, work: () => void): void;
};

export function createConnectionTimers(): ConnectionTimers {
  const running = new Set<NodeJS.Timeout>();
  let stopped = false;
  return {
    stop() {
      stopped = true;
      for (const timer of running) clearTimeout(timer);
      running.clear();
    },
    later(ms, work) {
      if (!stopped) running.add(setTimeout(work, ms));
    },
    every(ms, work) {
      if (!stopped) running.add(setInterval(work, ms));
    },
  };
}
