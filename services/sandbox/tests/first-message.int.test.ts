import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { createPhone } from "../src/phone/create-phone.ts";
import { enterCode } from "../src/phone/enter-code.ts";
import { scanQr } from "../src/phone/scan-qr.ts";
import { sendMessage } from "../src/phone/send-message.ts";
import { startSandbox, type Sandbox } from "../src/sandbox.ts";
import { silenceLibsignal } from "../src/silence-libsignal.ts";
import { connectClient, newAuth } from "./client.ts";

silenceLibsignal();

const start = (): Promise<Sandbox> =>
  startSandbox({
    host: "127.0.0.1",
    publicHost: "127.0.0.1",
    port: 0,
    wirePort: 0,
    mediaPort: 0,
    logger: pino({ level: "warn" }),
  });

test("a real client pairs by QR and exchanges text with a phone", { timeout: 60_000 }, async () => {
  const sandbox = await start();
  const { world } = sandbox;
  const sales = await createPhone(world, { phone: "15550001001", name: "Sales", business: true });
  const lead = await createPhone(world, { phone: "15550009001", name: "Lead", business: false });
  const auth = newAuth();
  const first = connectClient(auth, sandbox);
  await scanQr(world, sales, await first.qr);
  expect(await first.closed).toBe(515);
  const client = connectClient(auth, sandbox);
  await client.opened;
  const sent = await client.sock.sendMessage("15550009001@s.whatsapp.net", { text: "hello" });
  const id = sent?.key.id ?? "";
  await vi.waitFor(() => expect(world.ledger.rows({ phone: lead.pn })).toHaveLength(1), 20_000);
  expect(world.ledger.rows({ phone: lead.pn })[0]).toMatchObject({
    messageId: id,
    copies: 1,
    displayed: 1,
    undecryptable: 0,
  });
  await vi.waitFor(() => expect(client.statuses).toContainEqual({ id, status: 3 }), 20_000);
  await sendMessage(world, lead, sales, { message: { conversation: "yes" }, type: "text" });
  await vi.waitFor(
    () => expect(client.messages.map((m) => m.message?.conversation)).toContain("yes"),
    20_000,
  );
  expect(world.unknownIqs).toEqual([]);
  await client.sock.end(undefined);
  await sandbox.close();
});

test("a real client pairs by code", { timeout: 60_000 }, async () => {
  const sandbox = await start();
  const { world } = sandbox;
  const sales = await createPhone(world, { phone: "15550001001", name: "Sales", business: true });
  const auth = newAuth();
  const first = connectClient(auth, sandbox);
  await first.qr;
  const code = await first.sock.requestPairingCode(sales.pn);
  await vi.waitFor(() => expect(world.pendingCodes.size).toBe(1), 20_000);
  await enterCode(world, sales, code);
  expect(await first.closed).toBe(515);
  const client = connectClient(auth, sandbox);
  await client.opened;
  await client.sock.end(undefined);
  await sandbox.close();
});
