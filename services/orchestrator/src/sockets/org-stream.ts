import type { Logger } from "pino";
import { EventSequence } from "./event-sequence.ts";
import { buildFrames, type Frame, type WireEvent } from "./wire-event.ts";

/** What Postgres knows of a stream: its last number, the first still kept, and events after a number. */
export interface StreamPage {
  readonly headSeq: number;
  readonly oldestSeq: number;
  readonly events: readonly WireEvent[];
}

export type ReadStream = (orgId: string, afterSeq: number, limit: number) => Promise<StreamPage>;

export interface StreamListener {
  onFrames(events: readonly WireEvent[], frames: readonly Frame[]): void;
}

export interface OrgStreamDeps {
  readonly orgId: string;
  readonly logger: Logger;
  readonly read: ReadStream;
  readonly nowMs: () => number;
  readonly coalesceMs: number;
}

const fillPageMax = 500;

/**
 * The live end of one organization's stream in this process. Publications come in by `push` and leave
 * as frames: at once after a quiet moment, else at most one round per `coalesceMs`.
 */
export class OrgStream {
  readonly #deps: OrgStreamDeps;
  readonly #listeners = new Set<StreamListener>();
  readonly #sequence: EventSequence;
  #pending: WireEvent[] = [];
  #flushedSeq: number;
  #lastFlushMs = -Infinity;
  #lastEventMs: number;
  #timer: NodeJS.Timeout | undefined;
  #filling: Promise<void> | undefined;

  constructor(deps: OrgStreamDeps, headSeq: number) {
    this.#deps = deps;
    this.#sequence = new EventSequence(headSeq);
    this.#flushedSeq = headSeq;
    this.#lastEventMs = deps.nowMs();
  }

  /** Everything up to this number was handed to the listeners of its time. */
  get flushedSeq(): number {
    return this.#flushedSeq;
  }

  get size(): number {
    return this.#listeners.size;
  }

  add(listener: StreamListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: StreamListener): void {
    this.#listeners.delete(listener);
  }

  push(events: readonly WireEvent[]): void {
    this.#lastEventMs = this.#deps.nowMs();
    this.#take(events);
    if (this.#sequence.missing) void this.fill();
  }

  /** Looks into Postgres when Redis was silent for a while: silence and a lost Redis look alike. */
  async verify(quietMs: number): Promise<void> {
    if (this.#deps.nowMs() - this.#lastEventMs >= quietMs) await this.fill();
  }

  /** Reads what publications did not bring. One read at a time. */
  fill(): Promise<void> {
    this.#filling ??= this.#readMissing()
      .catch((error: unknown) => {
        this.#deps.logger.warn({ err: error, orgId: this.#deps.orgId }, "stream gap not read yet");
      })
      .finally(() => {
        this.#filling = undefined;
      });
    return this.#filling;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  async #readMissing(): Promise<void> {
    for (;;) {
      const page = await this.#deps.read(this.#deps.orgId, this.#sequence.head, fillPageMax);
      if (page.headSeq < this.#sequence.head) {
        // The database was set back (restore): its numbers are the truth from now on.
        this.#sequence.reset(page.headSeq);
        this.#flushedSeq = page.headSeq;
        return;
      }
      const before = this.#sequence.head;
      this.#take(page.events);
      if (this.#sequence.head === before || page.events.length < fillPageMax) return;
    }
  }

  #take(events: readonly WireEvent[]): void {
    const ready = this.#sequence.push(events);
    if (ready.length === 0) return;
    this.#pending.push(...ready);
    if (this.#timer !== undefined) return;
    const waitMs = this.#lastFlushMs + this.#deps.coalesceMs - this.#deps.nowMs();
    if (waitMs <= 0) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), waitMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastFlushMs = this.#deps.nowMs();
    const events = this.#pending;
    this.#pending = [];
    const last = events.at(-1);
    if (last === undefined) return;
    const frames = buildFrames(events);
    this.#flushedSeq = last.seq;
    for (const listener of this.#listeners) listener.onFrames(events, frames);
  }
}
