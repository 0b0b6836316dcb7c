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
    expect(action).toEqual({ do: "backoff", cause: "upgrade_403" });
  });

  it("makes new keys after a phone's signature did not verify", () => {
    const action = decideDisconnect({ code: 500, paired: false, badSignature: true });
    expect(action.do).toBe("forget");
  });
});
