type SandboxEvent = {
  seq: number;
  at: string;
  type: string;
  phone: string;
  data: Record<string, unknown>;
};

/** What happened in the sandbox, newest last; old entries fall out, readers notice by `seq`. */
export type EventLog = {
  append(type: string, phone: string, data?: Record<string, unknown>): void;
  after(seq: number, limit: number): SandboxEvent[];
  lastSeq(): number;
  /** Resolves at the next append or on close. */
  nextAppend(): Promise<void>;
  clear(): void;
  close(): void;
};

export function createEventLog(capacity = 10_000): EventLog {
  let events: SandboxEvent[] = [];
  let seq = 0;
  let waiters: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  };
  return {
    append: (type, phone, data = {}) => {
      events.push({ seq: ++seq, at: new Date().toISOString(), type, phone, data });
      // Trimmed in large steps: shifting one entry per append would copy the array each time.
      if (events.length > capacity * 1.2) events = events.slice(-capacity);
      wake();
    },
    after: (from, limit) => {
      const first = events[0]?.seq ?? seq + 1;
      return events.slice(Math.max(0, from + 1 - first)).slice(0, limit);
    },
    lastSeq: () => seq,
    nextAppend: () => new Promise((resolve) => waiters.push(resolve)),
    clear: () => {
      events = [];
    },
    close: wake,
  };
}
