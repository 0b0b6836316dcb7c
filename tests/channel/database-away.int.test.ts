import { waitFor } from "@rarity/platform/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PodProcess } from "../../services/whatsapp/tests/support/pod-process.ts";
import { startCutProxy, type CutProxy } from "../api/cut-proxy.ts";
import { openChannelWorld, patience, type ChannelWorld } from "../support/channel-world.ts";

const salesPhone = "15550006001";
const leadPhone = "15550006002";

let world: ChannelWorld;
let postgres: CutProxy;
let pod: PodProcess;

beforeAll(async () => {
  world = await openChannelWorld();
  postgres = await startCutProxy();
  await postgres.to(world.podDatabaseUrl);
  await world.sandbox.post("/api/phones", { phone: salesPhone, name: "Sales", business: true });
  await world.sandbox.post("/api/phones", { phone: leadPhone, name: "Lead" });
  await world.sandbox.patch(`/api/phones/${leadPhone}`, { autoRead: true });
  startPod();
  await world.pair(salesPhone);
}, 120_000);
afterAll(async () => {
  postgres.close();
  await world.stop();
});

/** Its way to Postgres can be cut; the API's way is its own. */
function startPod(): void {
  const url = new URL(world.podDatabaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(postgres.port);
  pod = world.startPod({ DATABASE_URL: url.href });
}

const lead = (settings: object): Promise<unknown> =>
  world.sandbox.patch(`/api/phones/${leadPhone}`, settings);

/** Sent to a phone that is switched off: the server has it, and nobody said that it arrived. */
async function sendToSilentPhone(text: string): Promise<string> {
  await lead({ online: false });
  const { id } = await world.api("POST", "/api/messages/send", {
    to: { identity: { channel: "whatsapp", kind: "phone", value: `+${leadPhone}` } },
    accountId: world.tenant.accountId,
    content: { type: "text", text },
  });
  await status(String(id), "server_acked");
  return String(id);
}

const status = (id: string, wanted: string): Promise<unknown> =>
  waitFor(async () => (await world.api("GET", `/api/messages/${id}`))["status"] === wanted, {
    ...patience,
    what: `a message that is ${wanted}`,
  });

const logged = (what: string, from: number): Promise<unknown> =>
  waitFor(() => pod.log().includes(what, from), { ...patience, what: `the log to say ${what}` });

const replies = async (text: string): Promise<number> => {
  const { rows } = await world.harness.admin.query<{ n: number }>(
    "select count(*)::int as n from messaging.message where direction = 'in' and content ->> 'text' = $1",
    [text],
  );
  return rows[0]?.n ?? 0;
};

describe("Postgres away from an account's process", { timeout: 120_000 }, () => {
  test("receipts and replies wait for it, on the connection that is there", async () => {
    const id = await sendToSilentPhone("to be read during an outage");
    const before = pod.log().length;
    const began = performance.now();
    postgres.cut();
    await lead({ online: true });
    await world.sandbox.post(`/api/phones/${leadPhone}/send`, { to: salesPhone, text: "I see" });
    await logged('"what":"receipts"', before);
    await logged("session keys wait for the database", before);
    await postgres.restore();
    const awayMs = performance.now() - began;
    await status(id, "read");
    await waitFor(async () => (await replies("I see")) === 1, patience);
    // A lease lasts for 12 s and is renewed every 4 s: one that ran out ends the session, as it should.
    if (awayMs < 6_000) expect(pod.log().slice(before)).not.toMatch(/socket closed|session ended/);
  });

  test("a receipt whose process died before it was stored comes again", async () => {
    const id = await sendToSilentPhone("to be read before a crash");
    const before = pod.log().length;
    postgres.cut();
    await lead({ online: true });
    await logged('"what":"receipts"', before);
    pod.kill("SIGKILL");
    await pod.ended;
    await postgres.restore();
    expect(await world.api("GET", `/api/messages/${id}`)).toMatchObject({ status: "server_acked" });
    startPod();
    await status(id, "read");
  });

  test("nothing is left at the server that was stored", async () => {
    await waitFor(async () => {
      const shown = (await world.sandbox.get(`/api/phones/${salesPhone}`)) as {
        devices: { id: number; pending: number }[];
      };
      return shown.devices.every(({ pending }) => pending === 0);
    }, patience);
  });
});
