import type { BinaryNode } from "@whiskeysockets/baileys";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Sandbox } from "../src/sandbox.ts";
import { silenceLibsignal } from "../src/silence-libsignal.ts";
import { connectClient, type TestAuth, type TestClient } from "./client.ts";
import { addPhone, call, jid, LEAD, linkClient, SALES, startTestSandbox } from "./control.ts";

silenceLibsignal();

const patient = { timeout: 20_000 };

let sandbox: Sandbox;
let client: TestClient;
let auth: TestAuth;
const opened: TestClient[] = [];

beforeEach(async () => {
  sandbox = await startTestSandbox();
  await addPhone(sandbox, SALES, "Sales");
  await addPhone(sandbox, LEAD, "Lead");
  ({ client, auth } = await linkClient(sandbox));
}, 30_000);

afterEach(async () => {
  for (const each of [client, ...opened.splice(0)]) void each.sock.end(undefined);
  await sandbox.close();
});

const fault = (body: object): Promise<unknown> => call(sandbox, "POST", "/api/faults", body);

const reconnect = (): TestClient => {
  const next = connectClient(auth, sandbox);
  opened.push(next);
  return next;
};

test.each([
  { kind: "stream_error", code: "515", seen: 515 },
  { kind: "stream_error", code: "503", seen: 503 },
  { kind: "replaced", seen: 440 },
  { kind: "drop_connection", seen: 428 },
  { kind: "device_removed", seen: 401 },
])("$kind $code closes with $seen", { timeout: 30_000 }, async ({ seen, ...body }) => {
  expect(await fault({ ...body, account: SALES })).toEqual({ applied: 1 });
  expect(await client.closed).toBe(seen);
});

test.each([401, 402, 403, 405, 406, 503])(
  "a login refused with %i closes with it, the next one works",
  { timeout: 30_000 },
  async (reason) => {
    void client.sock.end(undefined);
    await client.closed;
    await fault({ kind: "login_failure", account: SALES, code: String(reason) });
    expect(await reconnect().closed).toBe(reason);
    await reconnect().opened;
  },
);

test("a second socket with the same keys throws the first out", { timeout: 30_000 }, async () => {
  const second = reconnect();
  expect(await client.closed).toBe(440);
  await second.opened;
});

test("after an unlink on the phone no login works", { timeout: 30_000 }, async () => {
  await call(sandbox, "POST", `/api/phones/${SALES}/unlink`, { device: 1 });
  expect(await client.closed).toBe(401);
  expect(await reconnect().closed).toBe(401);
});

test("a client that logs out is unlinked", { timeout: 60_000 }, async () => {
  await client.sock.logout();
  expect(await client.closed).toBe(401);
  await vi.waitFor(async () => {
    const phone = await call(sandbox, "GET", `/api/phones/${SALES}`);
    expect(phone).toMatchObject({ devices: [{ id: 0 }] });
  }, patient);
  expect(await reconnect().closed).toBe(401);
});

test("a refused upgrade shows its status", { timeout: 30_000 }, async () => {
  void client.sock.end(undefined);
  await client.closed;
  await fault({ kind: "upgrade_refused", code: "429" });
  const refused = reconnect();
  const status = await new Promise((resolve) => {
    refused.sock.ws.on("unexpected-response", (_request, response: { statusCode: number }) =>
      resolve(response.statusCode),
    );
  });
  expect(status).toBe(429);
});

test("a silent server ends in 408", { timeout: 120_000 }, async () => {
  await fault({ kind: "silent", account: SALES, count: 0 });
  // The library asks every 30 s and gives up 5 s later.
  expect(await client.closed).toBe(408);
});

test("a refused message ends in error with the code", { timeout: 60_000 }, async () => {
  await fault({ kind: "ack_error", account: SALES, code: "463" });
  const ack = new Promise((resolve) => {
    client.sock.ws.on("CB:ack,class:message", ({ attrs }: BinaryNode) => resolve(attrs));
  });
  const sent = await client.sock.sendMessage(jid(LEAD), { text: "hello" });
  const id = sent?.key.id ?? "";
  expect(await ack).toMatchObject({ id, error: "463" });
  await vi.waitFor(
    () =>
      expect(client.refusals).toContainEqual({
        id,
        codes: expect.arrayContaining(["463"]) as unknown,
      }),
    patient,
  );
});
