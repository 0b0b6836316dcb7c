import { expect, test } from "vitest";
import { shareReads } from "./share-reads.ts";

const page = { headSeq: 1, oldestSeq: 1, events: [] };

test("equal reads that wait become one, and few run at a time", async () => {
  const ends: (() => void)[] = [];
  const started: number[] = [];
  const read = shareReads((_orgId, afterSeq) => {
    started.push(afterSeq);
    return new Promise((resolve) => ends.push(() => resolve(page)));
  }, 1);
  const reads = [read("org", 1, 10), read("org", 2, 10), read("org", 2, 10), read("org", 3, 10)];
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toHaveLength(turn + 1);
    ends[turn]?.();
    await reads[turn === 2 ? 3 : turn];
  }
  expect(await Promise.all(reads)).toEqual([page, page, page, page]);
  expect(started).toEqual([1, 2, 3]);
});

test("a failed read gives its place back", async () => {
  let failing = true;
  const read = shareReads(
    () => (failing ? Promise.reject(new Error("away")) : Promise.resolve(page)),
    1,
  );
  await expect(read("org", 1, 10)).rejects.toThrow("away");
  failing = false;
  await expect(read("org", 1, 10)).resolves.toEqual(page);
});
