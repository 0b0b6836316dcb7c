import { describe, expect, test } from "vitest";
import { z } from "zod";
import { cutPage, decodeCursor, encodeCursor } from "./cursor.ts";

const schema = z.tuple([z.string(), z.int()]);

describe("cursors", () => {
  test("come back as they went", () => {
    expect(decodeCursor(schema, encodeCursor(["2026-01-01T00:00:00Z", 7]))).toEqual([
      "2026-01-01T00:00:00Z",
      7,
    ]);
  });

  test.each(["", "garbage", "e30", encodeCursor(["only one"]), encodeCursor([1, 2])])(
    "refuse %j instead of guessing",
    (text) => {
      expect(decodeCursor(schema, text)).toBeUndefined();
    },
  );
});

describe("cutPage", () => {
  const cursorOf = (row: number): string => String(row);

  test("forward: the extra row only says that there is more", () => {
    expect(cutPage([1, 2, 3], { limit: 2 }, cursorOf)).toEqual({
      data: [1, 2],
      page: { next: "2", prev: null, hasMore: true },
    });
  });

  test("the last page has no next", () => {
    expect(cutPage([3], { limit: 2, after: "2" }, cursorOf)).toEqual({
      data: [3],
      page: { next: null, prev: "3", hasMore: false },
    });
  });

  test("backward: rows fetched nearest first are returned in reading order", () => {
    expect(cutPage([4, 3, 2], { limit: 2, before: "5" }, cursorOf)).toEqual({
      data: [3, 4],
      page: { next: "4", prev: "3", hasMore: true },
    });
  });

  test("an empty page has no cursors", () => {
    expect(cutPage([], { limit: 2, after: "9" }, cursorOf).page).toEqual({
      next: null,
      prev: null,
      hasMore: false,
    });
  });
});
