import { describe, expect, test } from "vitest";
import { receiptsOf, timeOf } from "./receipt.ts";

const now = Date.parse("2026-01-02T03:04:05Z");
const base = { id: "A", from: "15550001002:3@s.whatsapp.net", t: "1767300000" };
const statusOf = (type: string | undefined, own = false) =>
  receiptsOf({ attrs: { ...base, type }, listedIds: [] }, own, now).map(({ status }) => status);

describe("receiptsOf", () => {
  test.each([
    [undefined, ["delivered"]],
    ["inactive", ["delivered"]],
    ["read", ["read"]],
    ["played", ["read"]],
    // The device could not decrypt it, but the server had all of it.
    ["retry", ["server_acked"]],
    ["read-self", []],
    ["something-new", []],
  ])("reads type %s of the other side", (type, statuses) => {
    expect(statusOf(type)).toEqual(statuses);
  });

  test.each([
    ["sender", ["server_acked"]],
    // We read a message of theirs on another device of ours.
    ["read", []],
    [undefined, []],
  ])("does not take type %s of our own device for the other side's", (type, statuses) => {
    expect(statusOf(type, true)).toEqual(statuses);
  });

  test("names every listed id once, with time and device", () => {
    const receipts = receiptsOf({ attrs: base, listedIds: ["B", "A"] }, false, now);
    const at = new Date(1_767_300_000_000).toISOString();
    expect(receipts).toEqual([
      { providerMessageId: "A", status: "delivered", at, device: "3" },
      { providerMessageId: "B", status: "delivered", at, device: "3" },
    ]);
  });

  test("needs an id and a sender", () => {
    expect(receiptsOf({ attrs: { from: base.from }, listedIds: ["B"] }, false, now)).toEqual([]);
    expect(receiptsOf({ attrs: { id: "A" }, listedIds: [] }, false, now)).toEqual([]);
  });
});

describe("timeOf", () => {
  test.each([undefined, "", "nonsense", "12", "99999999999"])("does not believe %s", (seconds) => {
    expect(timeOf(seconds, now)).toBe("2026-01-02T03:04:05.000Z");
  });
});
