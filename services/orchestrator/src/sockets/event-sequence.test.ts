import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventSequence } from "./event-sequence.ts";
import { buildFrames, type WireEvent } from "./wire-event.ts";

const event = (seq: number): WireEvent => ({ seq, json: `{"seq":${seq}}` });
const seqs = (events: readonly WireEvent[]): number[] => events.map(({ seq }) => seq);

describe("EventSequence", () => {
  test("holds events back until the hole before them is filled", () => {
    const sequence = new EventSequence(4);
    expect(seqs(sequence.push([event(6), event(7)]))).toEqual([]);
    expect(sequence.missing).toBe(true);
    expect(seqs(sequence.push([event(5)]))).toEqual([5, 6, 7]);
    expect(sequence.missing).toBe(false);
  });

  test("drops what was handed out before", () => {
    const sequence = new EventSequence(2);
    expect(seqs(sequence.push([event(1), event(2), event(3), event(3)]))).toEqual([3]);
  });

  test("whatever the order and repetition, every event comes out once and in order", () => {
    const count = 30;
    const all = Array.from({ length: count }, (_, index) => index + 1);
    fc.assert(
      fc.property(
        fc.array(fc.shuffledSubarray(all), { maxLength: 10 }),
        fc.shuffledSubarray(all, { minLength: count, maxLength: count }),
        (partial, complete) => {
          const sequence = new EventSequence(0);
          const out = [...partial, complete].flatMap((batch) =>
            seqs(sequence.push(batch.map(event))),
          );
          expect(out).toEqual(all);
        },
      ),
    );
  });

  test("keeps a bounded number of early events, and still takes the next one", () => {
    const sequence = new EventSequence(0, 2);
    sequence.push([event(3), event(4), event(5)]);
    expect(seqs(sequence.push([event(1), event(2)]))).toEqual([1, 2, 3, 4]);
    expect(seqs(sequence.push([event(5)]))).toEqual([5]);
  });
});

describe("buildFrames", () => {
  test("a frame is a JSON array and events keep their order", () => {
    const [frame] = buildFrames([event(1), event(2)]);
    expect(JSON.parse(frame!.bytes.toString())).toEqual([{ seq: 1 }, { seq: 2 }]);
    expect(frame!.lastSeq).toBe(2);
  });

  test("frames are bounded in events and in size", () => {
    const many = Array.from({ length: 600 }, (_, index) => event(index + 1));
    expect(buildFrames(many).map(({ lastSeq }) => lastSeq)).toEqual([256, 512, 600]);
    const big = [1, 2, 3].map((seq) => ({ seq, json: JSON.stringify("x".repeat(200_000)) }));
    expect(buildFrames(big)).toHaveLength(3);
  });

  test("nothing makes no frame", () => {
    expect(buildFrames([])).toEqual([]);
  });
});
