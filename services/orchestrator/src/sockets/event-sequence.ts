import type { WireEvent } from "./wire-event.ts";

/**
 * Puts events of one stream in order. Redis may repeat, reorder or lose a publication; the numbers
 * Postgres gave are gap-free, so a hole is visible and `missing` names what has to be read again.
 */
export class EventSequence {
  #head: number;
  readonly #early = new Map<number, WireEvent>();
  readonly #earlyMax: number;

  constructor(head: number, earlyMax = 2000) {
    this.#head = head;
    this.#earlyMax = earlyMax;
  }

  /** The last number handed out by `push`. */
  get head(): number {
    return this.#head;
  }

  /** Takes events in any order and returns those that are next, in order, each once. */
  push(events: readonly WireEvent[]): WireEvent[] {
    const ready: WireEvent[] = [];
    for (const event of events) {
      if (event.seq === this.#head + 1) this.#advance(event, ready);
      else if (event.seq > this.#head && this.#early.size < this.#earlyMax) {
        this.#early.set(event.seq, event);
      }
    }
    return ready;
  }

  #advance(event: WireEvent, ready: WireEvent[]): void {
    for (let next: WireEvent | undefined = event; next; next = this.#early.get(this.#head + 1)) {
      this.#early.delete(next.seq);
      this.#head = next.seq;
      ready.push(next);
    }
  }

  /** True while later events wait for one that has not come. */
  get missing(): boolean {
    return this.#early.size > 0;
  }

  /** The stream's numbers were lost (restored database, long outage): start over from `head`. */
  reset(head: number): void {
    this.#head = head;
    this.#early.clear();
  }
}
