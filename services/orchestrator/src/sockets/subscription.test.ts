import pino from "pino";
import { describe, expect, test } from "vitest";
import { OrgStream, type ReadStream } from "./org-stream.ts";
import { Subscription } from "./subscription.ts";
import type { Frame, WireEvent } from "./wire-event.ts";

const logger = pino({ level: "silent" });
const event = (seq: number): WireEvent => ({ seq, json: `{"seq":${seq}}` });

/** A stream table in memory, a stream over it and a client that writes down what it was shown. */
function setUp(options: { head: number; oldest?: number }) {
  const table = { head: options.head, oldest: options.oldest ?? 1 };
  const read: ReadStream = (_, after, limit) => {
    const events: WireEvent[] = [];
    for (let seq = Math.max(after + 1, table.oldest); seq <= table.head; seq += 1) {
      if (events.length < limit) events.push(event(seq));
    }
    return Promise.resolve({ headSeq: table.head, oldestSeq: table.oldest, events });
  };
  const stream = new OrgStream(
    { orgId: "org", logger, read, nowMs: () => performance.now(), coalesceMs: 0 },
    options.head,
  );
  const shown: number[] = [];
  const resyncs: number[] = [];
  const show = (frame: Frame): void => {
    for (const { seq } of JSON.parse(frame.bytes.toString()) as { seq: number }[]) shown.push(seq);
  };
  const subscribe = (position: number): Subscription =>
    new Subscription(
      {
        orgId: "org",
        stream,
        read,
        send: show,
        sendAndDrain: (frame) => {
          show(frame);
          return Promise.resolve();
        },
        resyncRequired: (headSeq) => resyncs.push(headSeq),
      },
      position,
    );
  return { table, stream, shown, resyncs, subscribe };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("a subscription", () => {
  test("resumes without a gap while the stream goes on", async () => {
    const { table, stream, shown, subscribe } = setUp({ head: 1200 });
    const catchingUp = subscribe(10).catchUp();
    for (const seq of range(1201, 1260)) {
      table.head = seq;
      stream.push([event(seq)]);
      await Promise.resolve();
    }
    await catchingUp;
    table.head = 1261;
    stream.push([event(1261)]);
    expect(shown).toEqual(range(11, 1261));
  });

  test("reads from Postgres what a publication skipped, and shows it once", async () => {
    const { table, stream, shown, subscribe } = setUp({ head: 5 });
    await subscribe(5).catchUp();
    table.head = 8;
    stream.push([event(8)]);
    await stream.fill();
    stream.push([event(6), event(7), event(8)]);
    expect(shown).toEqual([6, 7, 8]);
  });

  test("finds events although Redis never said a word", async () => {
    const { table, stream, shown, subscribe } = setUp({ head: 5 });
    await subscribe(5).catchUp();
    table.head = 7;
    await stream.verify(0);
    expect(shown).toEqual([6, 7]);
  });

  test.each([
    ["a place that was cleaned up", { head: 500, oldest: 100 }, 20],
    ["a place beyond the end", { head: 500 }, 900],
    ["a place too far back", { head: 50_000 }, 1],
  ])("asks for a resync from %s, then goes on live", async (_, options, position) => {
    const { table, stream, shown, resyncs, subscribe } = setUp(options);
    await subscribe(position).catchUp();
    expect(resyncs).toEqual([options.head]);
    table.head = options.head + 1;
    stream.push([event(options.head + 1)]);
    expect(shown).toEqual([options.head + 1]);
  });

  test("shows nothing after close", async () => {
    const { table, stream, shown, subscribe } = setUp({ head: 5 });
    const subscription = subscribe(5);
    await subscription.catchUp();
    subscription.close();
    table.head = 6;
    stream.push([event(6)]);
    expect(shown).toEqual([]);
  });
});
