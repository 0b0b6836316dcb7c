import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupCommitter } from "./group-committer.ts";

describe("group committer", () => {
  test("answers every item with its own result, whatever is bad beside it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ id: fc.nat(), bad: fc.boolean() }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        async (items, maxBatch) => {
          const sizes: number[] = [];
          const committer = groupCommitter<{ id: number; bad: boolean }, number>({
            maxBatch,
            flush: async (group) => {
              sizes.push(group.length);
              await Promise.resolve();
              if (group.some((item) => item.bad)) throw new Error("bad row");
              return group.map((item) => item.id);
            },
          });
          const results = await Promise.allSettled(items.map((item) => committer.submit(item)));
          results.forEach((result, index) => {
            const item = items[index];
            if (item?.bad === true) expect(result.status).toBe("rejected");
            else expect(result).toEqual({ status: "fulfilled", value: item?.id });
          });
          expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(maxBatch);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("keeps one flush in flight and groups what arrives meanwhile", async () => {
    let inFlight = 0;
    const groups: number[][] = [];
    const committer = groupCommitter<number, number>({
      flush: async (group) => {
        inFlight += 1;
        expect(inFlight).toBe(1);
        groups.push([...group]);
        await new Promise((resolve) => setImmediate(resolve));
        inFlight -= 1;
        return group;
      },
    });
    const first = committer.submit(1);
    await new Promise((resolve) => setImmediate(resolve));
    const rest = [2, 3, 4].map((n) => committer.submit(n));
    await Promise.all([first, ...rest]);
    expect(groups).toEqual([[1], [2, 3, 4]]);
  });

  test("waits for as many as last time, but no longer than its rest", async () => {
    const tooLong = { ratio: 1e9, maxMs: 60_000 };
    const groups: number[][] = [];
    const committer = groupCommitter<number, number>({
      rest: tooLong,
      flush: (group) => {
        groups.push([...group]);
        return Promise.resolve(group);
      },
    });
    await Promise.all([1, 2].map((n) => committer.submit(n)));
    const third = committer.submit(3);
    await new Promise((resolve) => setImmediate(resolve));
    expect(groups).toEqual([[1, 2]]);
    await Promise.all([third, committer.submit(4)]);
    const fifth = committer.submit(5);
    await committer.close();
    await fifth;
    expect(groups).toEqual([[1, 2], [3, 4], [5]]);
  });

  test("refuses beyond its bound instead of growing", async () => {
    const committer = groupCommitter<number, number>({
      maxQueue: 2,
      flush: (g) => Promise.resolve(g),
    });
    const results = await Promise.allSettled([1, 2, 3].map((n) => committer.submit(n)));
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  });
});
