import { describe, expect, it } from "vitest";
import { decideDisconnect } from "./disconnect.ts";

describe("decideDisconnect", () => {
  it.each([
    [515, true, "reconnect"],
    [440, true, "yield"],
    [401, true, "forget"],
    [402, true, "stop"],
    [403, true, "stop"],
    [405, true, "stop"],
    [406, true, "stop"],
    [408, true, "backoff"],
    [428, true, "backoff"],
    [503, true, "backoff"],
    [599, true, "backoff"],
    [undefined, true, "backoff"],
    [408, false, "pair_again"],
    [401, false, "forget"],
  ] as const)("close code %s (paired %s) means %s", (code, paired, action) => {
    expect(decideDisconnect({ code, paired }).do).toBe(action);
  });

  it("never takes an HTTP 403 on the upgrade for a locked account", () => {
    const action = decideDisconnect({ code: 403, paired: true, upgradeStatus: 403 });
    expect(action).toMatchObject({ do: "backoff", cause: "upgrade_403" });
  });

  it("says what a temporary ban is for and how long it lasts", () => {
    const ban = { code: "101", expireS: 3600 };
    expect(decideDisconnect({ code: 402, paired: true, ban })).toEqual({
      do: "stop",
      reason: "restricted",
      cause: "temporary_ban",
      message:
        "WhatsApp has banned this account for a while: too many messages to people who do not " +
        "know this number (code 101). The ban ends in 60 min.",
      retryAfterMs: 3_600_000,
    });
    expect(decideDisconnect({ code: 402, paired: true })).not.toHaveProperty("retryAfterMs");
  });

  it("asks again after a proxy failed, whatever the library made of it", () => {
    const action = decideDisconnect({ code: 408, paired: false, proxy: "auth_refused" });
    expect(action).toMatchObject({ do: "backoff", cause: "proxy_auth_refused" });
  });

  it("makes new keys after a phone's signature did not verify", () => {
    const action = decideDisconnect({ code: 500, paired: false, badSignature: true });
    expect(action.do).toBe("forget");
  });
});
