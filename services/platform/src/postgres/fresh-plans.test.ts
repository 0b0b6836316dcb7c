import { expect, test } from "vitest";
import { isReplanDue } from "./fresh-plans.ts";

test("a connection plans again often while it is young, and seldom but for ever after", () => {
  const due = Array.from({ length: 8192 }, (_, index) => index + 1).filter(isReplanDue);
  expect(due).toEqual([4, 16, 64, 256, 1024, 4096, 8192]);
});
