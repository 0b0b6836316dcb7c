import { describe, expect, test } from "vitest";
import { routeMessage, type CandidateAccount, type CandidateIdentity } from "./route-message.ts";

const phone: CandidateIdentity = {
  channel: "whatsapp",
  kind: "phone",
  value: "+14155550100",
  scopeAccountId: null,
};
const handle: CandidateIdentity = {
  channel: "x",
  kind: "handle",
  value: "ann",
  scopeAccountId: null,
};
const account = (id: string, change: Partial<CandidateAccount> = {}): CandidateAccount => ({
  id,
  channel: "whatsapp",
  state: "connected",
  paused: false,
  ...change,
});
const base = { channels: ["whatsapp"] as const, accountId: undefined };
const firstAccount = (accounts: CandidateAccount[], identities = [phone]): string | undefined => {
  const routing = routeMessage({ ...base, identities, accounts });
  return routing.ok ? routing.legs[0].accountId : undefined;
};

describe("routeMessage", () => {
  test("prefers an account that is connected and not paused", () => {
    expect(
      firstAccount([
        account("a", { paused: true }),
        account("b", { state: "hibernated" }),
        account("c"),
      ]),
    ).toBe("c");
  });

  test("an address scoped to one account is used by that account only", () => {
    expect(firstAccount([account("a"), account("b")], [{ ...phone, scopeAccountId: "b" }])).toBe(
      "b",
    );
  });

  test("keeps the order of the chain and leaves out channels without an address", () => {
    const routing = routeMessage({
      channels: ["linkedin", "x", "whatsapp"],
      accountId: undefined,
      identities: [phone, handle],
      accounts: [
        account("a"),
        account("b", { channel: "x" }),
        account("c", { channel: "linkedin" }),
      ],
    });
    expect(routing.ok && routing.legs.map(({ channel }) => channel)).toEqual(["x", "whatsapp"]);
  });

  test("an account the caller names is taken in any state", () => {
    const accounts = [account("a"), account("b", { state: "logged_out" })];
    const routing = routeMessage({ ...base, accountId: "b", identities: [phone], accounts });
    expect(routing.ok && routing.legs[0].accountId).toBe("b");
  });

  test.each([
    ["RECIPIENT_UNKNOWN", { identities: [handle], accounts: [account("a")] }],
    ["CHANNEL_UNAVAILABLE", { identities: [phone], accounts: [] }],
    ["CHANNEL_UNAVAILABLE", { identities: [phone], accounts: [account("a", { state: "failed" })] }],
    ["ACCOUNT_NOT_FOUND", { identities: [phone], accounts: [], accountId: "other-tenant" }],
  ])("refuses with %s", (code, change) => {
    expect(routeMessage({ ...base, ...change })).toMatchObject({ ok: false, code });
  });
});
