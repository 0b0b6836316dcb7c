import { expect, test, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { createLatestWriter } from "./latest-writer.ts";

const options = {
  onFailed: () => undefined,
  giveUp: new AbortController().signal,
  clock: systemClock,
  backoff: { baseMs: 1, maxMs: 1 },
};

test("stores what is set in any microtask around the end of a write", async () => {
  for (let turns = 0; turns < 10; turns += 1) {
    const written: number[] = [];
    let finish = (): void => undefined;
    const first = new Promise<void>((resolve) => (finish = resolve));
    const writer = createLatestWriter<number>({
      ...options,
      write: (value) => {
        written.push(value);
        return value === 1 ? first : Promise.resolve();
      },
    });
    writer.set(1);
    await vi.waitFor(() => expect(written).toEqual([1]), 20_000);
    finish();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    writer.set(2);
    await writer.idle();
    expect(written, `${turns} turns later`).toEqual([1, 2]);
  }
});

test("skips values that were replaced while a write was running", async () => {
  const written: number[] = [];
  const writer = createLatestWriter<number>({
    ...options,
    write: (value) => {
      written.push(value);
      return Promise.resolve();
    },
  });
  for (const value of [1, 2, 3]) writer.set(value);
  await writer.idle();
  expect(written.at(-1)).toBe(3);
  expect(written).not.toContain(2);
});
