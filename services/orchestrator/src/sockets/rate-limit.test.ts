import { expect, test } from "vitest";
import { makeRateLimit } from "./rate-limit.ts";

test("allows a burst, then the steady rate", () => {
  let now = 0;
  const limit = makeRateLimit({ perSecond: 10, burst: 3, nowMs: () => now });
  expect([limit.take(), limit.take(), limit.take(), limit.take()]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  now = 100;
  expect([limit.take(), limit.take()]).toEqual([true, false]);
  now = 60_000;
  expect([limit.take(), limit.take(), limit.take(), limit.take()]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
