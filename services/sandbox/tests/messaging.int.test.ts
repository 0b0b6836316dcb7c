import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Sandbox } from "../src/sandbox.ts";
import { silenceLibsignal } from "../src/silence-libsignal.ts";
import { connectClient, received, type TestAuth, type TestClient } from "./client.ts";
import {
  addPhone,
  call,
  chat,
  jid,
  LEAD,
  linkClient,
  SALES,
  startTestSandbox,
  type LedgerAnswer,
} from "./control.ts";

silenceLibsignal();

const READ = 4;
const DELIVERED = 3;
const patient = { timeout: 20_000 };

let sandbox: Sandbox;
let client: TestClient;
let auth: TestAuth;
const others: TestClient[] = [];

beforeEach(async () => {
  sandbox = await startTestSandbox();
  await addPhone(sandbox, SALES, "Sales");
  await addPhone(sandbox, LEAD, "Lead");
  ({ client, auth } = await linkClient(sandbox));
}, 30_000);

afterEach(async () => {
  for (const each of [client, ...others.splice(0)]) void each.sock.end(undefined);
  await sandbox.close();
});

const write = async (body: object): Promise<string> => {
  const path = `/api/phones/${LEAD}/send`;
  return (await call<{ id: string }>(sandbox, "POST", path, { to: SALES, ...body })).id;
};

const sendText = async (text: string): Promise<string> =>
  (await client.sock.sendMessage(jid(LEAD), { text }))?.key.id ?? "";

test("reading a chat on the phone turns the message blue", { timeout: 60_000 }, async () => {
  const id = await sendText("hello");
  await vi.waitFor(
    () => expect(client.statuses).toContainEqual({ id, status: DELIVERED }),
    patient,
  );
  expect(client.statuses).not.toContainEqual({ id, status: READ });
  const answer = await call(sandbox, "POST", `/api/phones/${LEAD}/read`, { chat: SALES });
  expect(answer).toEqual({ read: 1 });
  await vi.waitFor(() => expect(client.statuses).toContainEqual({ id, status: READ }), patient);
});

test("a phone that reads at once, answers by itself", { timeout: 60_000 }, async () => {
  const settings = { autoRead: true, autoReply: { text: "call me" } };
  await call(sandbox, "PATCH", `/api/phones/${LEAD}`, settings);
  const id = await sendText("hello");
  await vi.waitFor(() => expect(client.statuses).toContainEqual({ id, status: READ }), patient);
  await vi.waitFor(
    () => expect(client.messages.map((m) => m.message?.conversation)).toContain("call me"),
    patient,
  );
});

test("what the client reads, the phone learns", { timeout: 60_000 }, async () => {
  const id = await write({ text: "anybody there?" });
  const message = await vi.waitUntil(() => received(client, id), patient);
  await vi.waitFor(async () => {
    expect((await chat(sandbox, LEAD, SALES)).data).toMatchObject([{ id, status: "delivered" }]);
  }, patient);
  await client.sock.readMessages([message.key]);
  await vi.waitFor(async () => {
    expect((await chat(sandbox, LEAD, SALES)).data).toMatchObject([{ id, status: "read" }]);
  }, patient);
});

test("a phone without receipts leaves the message at one tick", { timeout: 60_000 }, async () => {
  await call(sandbox, "PATCH", `/api/phones/${LEAD}`, { deliveryReceipts: false });
  const id = await sendText("hello");
  await vi.waitFor(async () => {
    expect((await chat(sandbox, LEAD, SALES)).data).toMatchObject([{ id }]);
  }, patient);
  // A later message with its receipt proves that none was on its way for the first.
  await call(sandbox, "PATCH", `/api/phones/${LEAD}`, { deliveryReceipts: true });
  const later = await sendText("still there?");
  await vi.waitFor(
    () => expect(client.statuses).toContainEqual({ id: later, status: DELIVERED }),
    patient,
  );
  expect(client.statuses).not.toContainEqual({ id, status: DELIVERED });
});

test("an offline phone gets its messages when it is back", { timeout: 60_000 }, async () => {
  await call(sandbox, "PATCH", `/api/phones/${LEAD}`, { online: false });
  const ids = [await sendText("one"), await sendText("two")];
  await vi.waitFor(async () => {
    const phone = await call(sandbox, "GET", `/api/phones/${LEAD}`);
    expect(phone).toMatchObject({ waiting: 2 });
  }, patient);
  expect((await chat(sandbox, LEAD, SALES)).data).toEqual([]);
  await call(sandbox, "PATCH", `/api/phones/${LEAD}`, { online: true });
  expect((await chat(sandbox, LEAD, SALES)).data.map(({ id }) => id)).toEqual(ids);
  for (const id of ids) {
    await vi.waitFor(
      () => expect(client.statuses).toContainEqual({ id, status: DELIVERED }),
      patient,
    );
  }
});

test("what came while the client was away waits for it, once", { timeout: 60_000 }, async () => {
  void client.sock.end(undefined);
  await client.closed;
  const ids = [await write({ text: "one" }), await write({ text: "two" })];
  client = connectClient(auth, sandbox);
  await client.opened;
  for (const id of ids) await vi.waitUntil(() => received(client, id), patient);
  await vi.waitFor(async () => {
    const statuses = (await chat(sandbox, LEAD, SALES)).data.map(({ status }) => status);
    expect(statuses).toEqual(["delivered", "delivered"]);
  }, patient);
  const { data } = await call<LedgerAnswer>(sandbox, "GET", `/api/ledger?phone=${SALES}`);
  const companion = data.filter(({ device, messageId }) => device === 1 && ids.includes(messageId));
  expect(companion).toHaveLength(2);
  expect(client.messages.filter(({ key }) => ids.includes(key.id ?? ""))).toHaveLength(2);
});

test("a LID-addressed message arrives and can be answered", { timeout: 60_000 }, async () => {
  await call(sandbox, "PATCH", `/api/phones/${LEAD}`, { addressing: "lid" });
  const id = await write({ text: "from a hidden number" });
  const message = await vi.waitUntil(() => received(client, id), patient);
  expect(message.key.remoteJid).toMatch(/@lid$/);
  expect(message.key.remoteJidAlt).toBe(jid(LEAD));
  const answer = await client.sock.sendMessage(message.key.remoteJid ?? "", { text: "got it" });
  await vi.waitFor(async () => {
    const texts = (await chat(sandbox, LEAD, SALES)).data.map((entry) => entry.text);
    expect(texts).toEqual(["from a hidden number", "got it"]);
  }, patient);
  const key = { id: answer?.key.id ?? "", status: DELIVERED };
  await vi.waitFor(() => expect(client.statuses).toContainEqual(key), patient);
});

test(
  "two linked devices both get the message and each other's copy",
  { timeout: 60_000 },
  async () => {
    const { client: second } = await linkClient(sandbox);
    others.push(second);
    const inbound = await write({ text: "hello both" });
    await vi.waitUntil(() => received(client, inbound), patient);
    await vi.waitUntil(() => received(second, inbound), patient);
    const own = await sendText("from the first");
    const copy = await vi.waitUntil(() => received(second, own), patient);
    expect(copy.key.fromMe).toBe(true);
    // The phone itself shows it, too.
    await vi.waitFor(async () => {
      const texts = (await chat(sandbox, SALES, LEAD)).data.map(({ text }) => text);
      expect(texts).toEqual(["hello both", "from the first"]);
    }, patient);
    const { data } = await call<LedgerAnswer>(sandbox, "GET", `/api/ledger?phone=${LEAD}`);
    expect(data).toMatchObject([{ messageId: own, copies: 1, displayed: 1 }]);
  },
);

test("quotes and reactions go both ways", { timeout: 60_000 }, async () => {
  const first = await sendText("shall we talk?");
  await vi.waitFor(async () => {
    expect((await chat(sandbox, LEAD, SALES)).data).toHaveLength(1);
  }, patient);
  const quote = await write({ text: "yes", quotedId: first });
  const quoted = await vi.waitUntil(() => received(client, quote), patient);
  const extended = quoted.message?.extendedTextMessage;
  expect(extended).toMatchObject({ text: "yes", contextInfo: { stanzaId: first } });
  const reaction = await write({ reaction: { emoji: "👍", targetId: first } });
  const reacted = await vi.waitUntil(() => received(client, reaction), patient);
  expect(reacted.message?.reactionMessage).toMatchObject({ text: "👍", key: { id: first } });
  await client.sock.sendMessage(jid(LEAD), { react: { text: "🎉", key: quoted.key } });
  await client.sock.sendMessage(jid(LEAD), { text: "fine" }, { quoted });
  await vi.waitFor(async () => {
    const { data } = await chat(sandbox, LEAD, SALES);
    expect(data).toContainEqual(
      expect.objectContaining({ kind: "reaction", reaction: { emoji: "🎉", targetId: quote } }),
    );
    expect(data).toContainEqual(expect.objectContaining({ text: "fine", quotedId: quote }));
  }, patient);
});
