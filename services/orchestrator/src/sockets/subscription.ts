import type { OrgStream, ReadStream, StreamListener, StreamPage } from "./org-stream.ts";
import { buildFrames, type Frame, type WireEvent } from "./wire-event.ts";

export interface SubscriptionDeps {
  readonly orgId: string;
  readonly stream: OrgStream;
  readonly read: ReadStream;
  /** Resolves when the frame left our buffers; used as the brake while catching up. */
  readonly sendAndDrain: (frame: Frame) => Promise<void>;
  readonly send: (frame: Frame) => void;
  readonly resyncRequired: (headSeq: number) => void;
}

const catchUpPageMax = 500;
/** Further behind than this, reading the lists again is cheaper than replaying. */
const catchUpEventsMax = 10_000;

/**
 * One socket's place in a stream. It first reads what it missed from Postgres, page by page, and goes
 * live in the same turn in which nothing is missing: no gap, and nothing twice.
 */
export class Subscription implements StreamListener {
  readonly #deps: SubscriptionDeps;
  #position: number;
  #live = false;
  #closed = false;

  constructor(deps: SubscriptionDeps, position: number) {
    this.#deps = deps;
    this.#position = position;
    deps.stream.add(this);
  }

  get position(): number {
    return this.#position;
  }

  onFrames(events: readonly WireEvent[], frames: readonly Frame[]): void {
    if (!this.#live) return;
    const first = events[0]?.seq ?? 0;
    const due =
      this.#position < first
        ? frames
        : buildFrames(events.filter((event) => event.seq > this.#position));
    for (const frame of due) {
      this.#deps.send(frame);
      this.#position = frame.lastSeq;
    }
  }

  async catchUp(): Promise<void> {
    // A position beyond the live end may be a made-up number: Postgres is asked before it is believed.
    let known = this.#position <= this.#deps.stream.flushedSeq;
    while (!this.#closed) {
      if (known && this.#position >= this.#deps.stream.flushedSeq) break;
      const page = await this.#deps.read(this.#deps.orgId, this.#position, catchUpPageMax);
      known = true;
      if (isLost(page, this.#position)) {
        this.#position = page.headSeq;
        this.#deps.resyncRequired(page.headSeq);
      } else if (page.events.length === 0) break;
      else await this.#sendPage(page.events);
    }
    this.#live = !this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#live = false;
    this.#deps.stream.remove(this);
  }

  async #sendPage(events: readonly WireEvent[]): Promise<void> {
    for (const frame of buildFrames(events)) {
      if (this.#closed) return;
      await this.#deps.sendAndDrain(frame);
      this.#position = frame.lastSeq;
    }
  }
}

/** The place is not in the stream any more, never was, or is too far back to replay. */
function isLost(page: StreamPage, position: number): boolean {
  return (
    page.headSeq < position ||
    page.oldestSeq > position + 1 ||
    page.headSeq - position > catchUpEventsMax
  );
}
