import type { EventType, SandboxEvent } from "./api/events.ts";

export type EventDump = { seq: number; events: SandboxEvent[] };

/** What happened in the sandbox, newest last; old entries fall out, readers notice by `seq`. */
export type EventLog = {
  append(type: EventType, phone: string, data?: Record<string, unknown>): void;
  after(seq: number, limit: number): SandboxEvent[];
  lastSeq(): number;
  /** Calls back at every append; the answer ends it. */
  onAppend(listener: () => void): () => void;
  dump(): EventDump;
  restore(dump: EventDump): void;
  clear(): void;
};

export function createEventLog(changed: () => void, capacity = 10_000): EventLog {
  let events: SandboxEvent[] = [];
  let seq = 0;
  const listeners = new Set<() => void>();
  return {
    append: (type, phone, data = {}) => {
      events.push({ seq: ++seq, at: new Date().toISOString(), type, phone, data });
      // Trimmed in large steps: shifting one entry per append would copy the array each time.
      if (events.length > capacity * 1.2) events = events.slice(-capacity);
      changed();
      for (const listener of [...listeners]) listener();
    },
    after: (from, limit) => {
      const first = events[0]?.seq ?? seq + 1;
      const start = Math.max(0, from + 1 - first);
      return events.slice(start, start + limit);
    },
    lastSeq: () => seq,
    onAppend: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dump: () => ({ seq, events }),
    restore: (dump) => {
      ({ seq } = dump);
      events = [...dump.events];
    },
    clear: () => {
      events = [];
      changed();
    },
  };
}
