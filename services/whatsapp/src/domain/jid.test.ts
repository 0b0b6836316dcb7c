import { describe, expect, test } from "vitest";
import { jidOf, parsePersonJid, recipientOf } from "./jid.ts";

describe("parsePersonJid", () => {
  test.each([
    ["15550001001@s.whatsapp.net", { kind: "phone", digits: "15550001001" }],
    ["15550001001:12@s.whatsapp.net", { kind: "phone", digits: "15550001001" }],
    ["15550001001_1:12@s.whatsapp.net", { kind: "phone", digits: "15550001001" }],
    ["15550001001@c.us", { kind: "phone", digits: "15550001001" }],
    ["15550001001:99@hosted", { kind: "phone", digits: "15550001001" }],
    ["900000000000001:3@lid", { kind: "lid", digits: "900000000000001" }],
    ["900000000000001:99@hosted.lid", { kind: "lid", digits: "900000000000001" }],
  ])("reads %s", (jid, person) => {
    expect(parsePersonJid(jid)).toEqual(person);
  });

  test.each([
    undefined,
    null,
    "",
    "120363000000000000@g.us",
    "status@broadcast",
    "120363000000000000@newsletter",
    "15550001001",
    "15550001001@s.whatsapp.net.example",
    "x15550001001@s.whatsapp.net",
  ])("finds no person in %s", (jid) => {
    expect(parsePersonJid(jid)).toBeUndefined();
  });
});

describe("recipientOf", () => {
  test("joins both addresses of one person, whichever comes first", () => {
    const phone = "15550001001:2@s.whatsapp.net";
    const lid = "900000000000001:2@lid";
    expect(recipientOf(phone, lid)).toEqual({
      kind: "phone",
      value: "+15550001001",
      alt: "900000000000001",
    });
    expect(recipientOf(lid, phone)).toEqual({
      kind: "lid",
      value: "900000000000001",
      alt: "+15550001001",
    });
  });

  test("ignores an alternative of the same kind", () => {
    expect(recipientOf("15550001001@s.whatsapp.net", "15550001002@s.whatsapp.net")).toEqual({
      kind: "phone",
      value: "+15550001001",
    });
  });
});

describe("jidOf", () => {
  test.each([
    [{ kind: "phone", value: "+1 555 000-1001" }, "15550001001@s.whatsapp.net"],
    [{ kind: "lid", value: "900000000000001" }, "900000000000001@lid"],
    [{ kind: "lid", value: "900000000000001@lid" }, "900000000000001@lid"],
  ])("addresses %o", (recipient, jid) => {
    expect(jidOf(recipient)).toBe(jid);
  });

  test.each([
    { kind: "phone", value: "123" },
    { kind: "phone", value: "1".repeat(21) },
    { kind: "email", value: "15550001001@example.com" },
  ])("has no address for %o", (recipient) => {
    expect(jidOf(recipient)).toBeUndefined();
  });
});
