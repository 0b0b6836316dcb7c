/** What runs while this process leads. */
export interface Term {
  stop(): Promise<void>;
}

export interface LeadershipDeps {
  start: () => Promise<Term>;
  /** What ran cannot be started or does not end: this process is of no more use. */
  onFailure: (error: unknown) => void;
  /** How long what runs may take to end. */
  stopTimeoutMs?: number;
}

export interface Leadership {
  gained(): void;
  lost(): void;
  /** Ends what runs; nothing starts afterwards. */
  stop(): Promise<void>;
}

/** As long as controller-runtime waits for its controllers. */
const defaultStopTimeoutMs = 30_000;

/**
 * Starts and ends the work of a leader, one step after the other. What ran in a term is ended even
 * when the next one has begun: another replica may have led in between, so it starts anew.
 */
export const createLeadership = (deps: LeadershipDeps): Leadership => {
  let term = 0;
  let isWanted = false;
  let running: { term: number; work: Term } | undefined;
  let settling = Promise.resolve();

  const isStale = (): boolean => running !== undefined && (!isWanted || running.term !== term);

  const settle = async (): Promise<void> => {
    if (running !== undefined && isStale()) {
      const { work } = running;
      running = undefined;
      await within(work.stop(), deps.stopTimeoutMs ?? defaultStopTimeoutMs);
    }
    if (isWanted && running === undefined) {
      const began = term;
      running = { term: began, work: await deps.start() };
    }
    if (isStale()) await settle();
  };
  const next = async (): Promise<void> => {
    settling = settling.then(settle).catch(deps.onFailure);
    return settling;
  };

  let isStopped = false;
  return {
    gained: () => {
      if (isStopped) return;
      term += 1;
      isWanted = true;
      void next();
    },
    lost: () => {
      isWanted = false;
      void next();
    },
    stop: async () => {
      isStopped = true;
      isWanted = false;
      await next();
    },
  };
};

const within = async (work: Promise<void>, timeoutMs: number): Promise<void> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = new Error(`the controllers did not end within ${String(timeoutMs)} ms`);
  const timer = setTimeout(() => reject(late), timeoutMs);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
};
