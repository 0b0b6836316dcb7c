import { waitFor } from "@rarity/platform/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openChannelWorld,
  patience,
  type ChannelWorld,
  type Json,
} from "../support/channel-world.ts";

const salesPhone = "15550003001";
let world: ChannelWorld;

beforeAll(async () => {
  world = await openChannelWorld();
  await world.sandbox.post("/api/phones", { phone: salesPhone, name: "Sales", business: true });
  world.startPod();
  await world.pair(salesPhone);
}, 120_000);
afterAll(() => world.stop());

const logout = (): Promise<Json> =>
  world.api("POST", `/api/accounts/${world.tenant.accountId}/logout`);

const linkedDevices = async (): Promise<number> => {
  const phone = await world.sandbox.get(`/api/phones/${salesPhone}`);
  return (phone as { devices: unknown[] }).devices.length - 1;
};

/** Nothing is offered after a logout until somebody asks. */
async function pairAgain(): Promise<void> {
  await world.api("POST", `/api/accounts/${world.tenant.accountId}/pairing`, { method: "QR" });
  await world.pair(salesPhone);
}

describe("logging an account out", { timeout: 180_000 }, () => {
  test("connected: WhatsApp unlinks the device, nothing stays stored, the reason is shown", async () => {
    expect(await linkedDevices()).toBe(1);
    expect(await world.account()).toMatchObject({ phone: `+${salesPhone}` });
    expect(await logout()).toMatchObject({ logoutRequestedAt: expect.any(String) as string });
    const done = await world.until({ state: "logged_out", logoutRequestedAt: null });
    expect(done).toMatchObject({
      reason: "logout_requested",
      message: "The device was unlinked. Pair again to use the account.",
    });
    expect(await linkedDevices()).toBe(0);
    expect(await world.sessionRows()).toBe(0);
    await pairAgain();
  });

  test("hibernated: the wish waits, holds back messages, and the next process carries it out", async () => {
    await world.stopPod();
    await logout();
    await logout();
    const { id } = await world.api("POST", "/api/messages/send", {
      to: { identity: { channel: "whatsapp", kind: "phone", value: "+15550003099" } },
      content: { type: "text", text: "held back" },
    });
    const held = await world.api("GET", `/api/messages/${String(id)}`);
    expect(held).toMatchObject({ waiting: { reason: "LOGOUT_REQUESTED" } });
    expect(await linkedDevices()).toBe(1);
    world.startPod();
    await world.until({ state: "logged_out", reason: "logout_requested", logoutRequestedAt: null });
    expect(await linkedDevices()).toBe(0);
    expect(await world.sessionRows()).toBe(0);
    expect(await world.api("GET", `/api/messages/${String(id)}`)).toMatchObject({
      status: "queued",
      waiting: { reason: "ACCOUNT_LOGGED_OUT" },
    });
    await world.api("POST", `/api/messages/${String(id)}/cancel`);
    await pairAgain();
  });

  test("killed after WhatsApp unlinked and before anything was erased: the next life finishes", async () => {
    await world.stopPod("SIGKILL");
    await logout();
    await world.sandbox.post(`/api/phones/${salesPhone}/unlink`, { device: await lastDevice() });
    expect(await world.sessionRows()).toBeGreaterThan(0);
    world.startPod();
    await world.until({ state: "logged_out", reason: "logout_requested", logoutRequestedAt: null });
    expect(await world.sessionRows()).toBe(0);
    await pairAgain();
  });

  test("removed on the phone: logged out with that reason, and no new offer by itself", async () => {
    await world.sandbox.post(`/api/phones/${salesPhone}/unlink`, { device: await lastDevice() });
    await world.until({ state: "logged_out", reason: "device_removed" });
    await world.stopPod();
    world.startPod();
    const id = world.tenant.accountId;
    await waitFor(async () => (await leaseHolder()) !== null, patience);
    expect(await world.account()).toMatchObject({ state: "logged_out", reason: "device_removed" });
    expect(await world.api("GET", `/api/accounts/${id}/pairing`)).toMatchObject({
      state: "none",
      qr: null,
    });
    // Nothing is left to unlink: done at once, and the first reason stays.
    expect(await logout()).toMatchObject({ state: "logged_out", logoutRequestedAt: null });
    await pairAgain();
  });
});

const lastDevice = async (): Promise<number> => {
  const phone = await world.sandbox.get(`/api/phones/${salesPhone}`);
  return (phone as { devices: { id: number }[] }).devices.at(-1)?.id ?? 0;
};

const leaseHolder = async (): Promise<string | null> => {
  const { rows } = await world.harness.admin.query<{ holder: string }>(
    `select holder from channels.account_lease where account_id = $1 and expires_at > now()`,
    [world.tenant.accountId],
  );
  return rows[0]?.holder ?? null;
};
