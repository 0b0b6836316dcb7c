import { expect, test } from "vitest";
import { createRandomHex } from "./random-hex.ts";

test("never gives the same bytes twice, across the end of its stock too", () => {
  const randomHex = createRandomHex();
  const seen = new Set(Array.from({ length: 5_000 }, () => randomHex(9)));
  expect(seen.size).toBe(5_000);
  for (const hex of seen) expect(hex).toMatch(/^[0-9a-f]{18}$/);
});
