import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countRange } from "./describe-scaling.ts";

describe("countRange", () => {
  it.each([
    [0, "0"],
    [1, "1-9"],
    [9, "1-9"],
    [10, "10-99"],
    [999, "100-999"],
    [1_000, "1000+"],
    [2_000_000, "1000+"],
  ])("%i is in %s", (count, range) => {
    expect(countRange(count)).toBe(range);
  });

  it("contains the count it was made from", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), (count) => {
        const [low = 0, high = 0] = countRange(count).split("-").map(Number);
        expect(count).toBeGreaterThanOrEqual(low);
        expect(count).toBeLessThanOrEqual(high);
      }),
    );
  });
});
