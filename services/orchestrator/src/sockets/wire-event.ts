import type { StreamEvent } from "@rarity/contracts/events";

/** One event of an organization's stream, already written as the JSON the client gets. */
export interface WireEvent {
  readonly seq: number;
  readonly json: string;
}

export interface Frame {
  readonly bytes: Buffer;
  readonly lastSeq: number;
}

/** Serialised once per event; every socket and every resume sends these same characters. */
export function toWireEvent(event: StreamEvent): WireEvent {
  return { seq: event.seq, json: JSON.stringify(event) };
}

const frameEventsMax = 256;
const frameCharsMax = 256 * 1024;

/** Cuts events into frames (JSON arrays) of a bounded size. */
export function buildFrames(events: readonly WireEvent[]): Frame[] {
  const frames: Frame[] = [];
  let parts: string[] = [];
  let chars = 0;
  let lastSeq = 0;
  const close = (): void => {
    if (parts.length > 0) frames.push({ bytes: Buffer.from(`[${parts.join(",")}]`), lastSeq });
    parts = [];
    chars = 0;
  };
  for (const event of events) {
    if (parts.length >= frameEventsMax || chars + event.json.length > frameCharsMax) close();
    parts.push(event.json);
    chars += event.json.length;
    lastSeq = event.seq;
  }
  close();
  return frames;
}
