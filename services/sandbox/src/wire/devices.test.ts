import { expect, test } from "vitest";
import type { Account, Device } from "../model.ts";
import { deviceHash } from "./devices.ts";

const account = (...ids: number[]): Account =>
  // The hash looks at the numbers and the devices' ids only.
  ({
    pn: "15550001001",
    lid: "91555000100177",
    devices: new Map(ids.map((id) => [id, {} as Device])),
  }) as Account;

// Made with sha256sum and base64 from the concatenated `user.0:device@server` strings.
test.each([
  { server: "s.whatsapp.net", hash: "2:/4UNFAie" },
  { server: "lid", hash: "2:k7K/CksN" },
] as const)("the hash of two devices at $server is that of the reference", ({ server, hash }) => {
  expect(deviceHash(account(0, 1), server)).toBe(hash);
});

test("the order in which devices were linked does not matter, which they are does", () => {
  expect(deviceHash(account(1, 0), "lid")).toBe(deviceHash(account(0, 1), "lid"));
  expect(deviceHash(account(0, 2), "lid")).not.toBe(deviceHash(account(0, 1), "lid"));
  // Sorted as text: 10 comes before 2.
  expect(deviceHash(account(0, 2, 10), "lid")).toBe(deviceHash(account(10, 2, 0), "lid"));
});
