import { describe, expect, it } from "vitest";
import { cutPage, decodeCursor, encodeCursor } from "./page.ts";

const rows = ["c", "b", "a"].map((id) => ({ id }));

describe("cursors", () => {
  it("come back as the id they were made of", () => {
    const id = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11";
    expect(decodeCursor(encodeCursor(id))).toBe(id);
  });

  it.each(["", "garbage", "e30", encodeCursor("1"), encodeCursor("' or true --")])(
    "%j is refused",
    (cursor) => expect(decodeCursor(cursor)).toBeUndefined(),
  );
});

describe("cutting a page", () => {
  it("knows that more follows by the one row too many", () => {
    expect(cutPage(rows, { limit: 2 })).toEqual({
      data: [{ id: "c" }, { id: "b" }],
      page: { next: encodeCursor("b"), prev: null, hasMore: true },
    });
  });

  it("ends without a next cursor", () => {
    expect(cutPage(rows, { limit: 3, after: "d" }).page).toEqual({
      next: null,
      prev: encodeCursor("c"),
      hasMore: false,
    });
  });

  it("turns rows fetched backwards round", () => {
    const page = cutPage(rows.toReversed(), { limit: 2, before: "z" });
    expect(page.data).toEqual([{ id: "b" }, { id: "a" }]);
    expect(page.page).toEqual({ next: encodeCursor("a"), prev: encodeCursor("b"), hasMore: true });
  });

  it("of nothing has no cursors", () => {
    expect(cutPage([], { limit: 2 }).page).toEqual({ next: null, prev: null, hasMore: false });
  });
});
