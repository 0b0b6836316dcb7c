import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openChannelWorld, type ChannelWorld } from "../support/channel-world.ts";

const salesPhone = "15550005001";
let world: ChannelWorld;

beforeAll(async () => {
  world = await openChannelWorld();
  await world.sandbox.post("/api/phones", { phone: salesPhone, name: "Sales", business: true });
  world.startPod();
  await world.pair(salesPhone);
}, 120_000);
afterAll(() => world.stop());

const fault = (body: object): Promise<unknown> =>
  world.sandbox.post("/api/faults", { account: salesPhone, count: 0, ...body });

describe("the account as the API shows it", { timeout: 120_000 }, () => {
  test.each([
    [
      { kind: "login_failure", code: "402", subcode: "101", expire: 3600 },
      "restricted",
      "temporary_ban",
    ],
    [{ kind: "login_failure", code: "403" }, "restricted", "locked"],
    [{ kind: "login_failure", code: "406" }, "restricted", "banned"],
    [{ kind: "login_failure", code: "405" }, "failed", "client_outdated"],
    [{ kind: "login_failure", code: "503" }, "reconnecting", "unavailable"],
    [{ kind: "upgrade_refused", code: "429", account: undefined }, "reconnecting", "upgrade_429"],
  ])("%o", async (body, state, reason) => {
    await world.stopPod();
    await fault(body);
    world.startPod();
    const shown = await world.until({ state, reason });
    expect(shown["message"]).toMatch(/\.$/);
    await world.sandbox.remove("/api/faults");
    await world.stopPod();
    world.startPod();
    expect(await world.until({ state: "connected" })).toMatchObject({
      reason: null,
      message: null,
    });
  });

  test("replaced: says so, and does not fight", async () => {
    await world.sandbox.post("/api/faults", { kind: "replaced", account: salesPhone });
    await world.until({ state: "reconnecting", reason: "replaced" });
  });
});
