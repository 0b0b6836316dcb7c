// What a server must do that no API of the client asks for: the numbered points are those of the
// wire reference's section on a second, stricter client.
import { getBinaryNodeChild, getBinaryNodeChildren, proto } from "@whiskeysockets/baileys";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startTestSandbox, addPhone, call, chat, jid, LEAD, linkClient, SALES } from "./control.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { silenceLibsignal } from "../src/silence-libsignal.ts";
import { newAuth, received, trustMediaHost, type TestAuth, type TestClient } from "./client.ts";
import { ask, node, ping, watchStanzas, type Watched } from "./stanzas.ts";

silenceLibsignal();

const patience = { timeout: 60_000 };
const patient = { timeout: 20_000 };
const lid = (phone: string): string => `9${phone}77@lid`;

let sandbox: Sandbox;
let sales: TestClient;
let lead: TestClient;
let leadAuth: TestAuth;
let atSales: Watched;
let atLead: Watched;
const others: TestClient[] = [];

beforeEach(async () => {
  sandbox = await startTestSandbox();
  await addPhone(sandbox, SALES, "Sales");
  await addPhone(sandbox, LEAD, "Lead");
  ({ client: sales } = await linkClient(sandbox, SALES));
  ({ client: lead, auth: leadAuth } = await linkClient(sandbox, LEAD));
  atSales = watchStanzas(sales);
  atLead = watchStanzas(lead);
}, 60_000);

afterEach(async () => {
  for (const each of [sales, lead, ...others.splice(0)]) void each.sock.end(undefined);
  await sandbox.close();
});

/** Another device of a phone, and what the server sends it. */
async function linkAnother(phone: string): Promise<{ client: TestClient; at: Watched }> {
  const { client } = await linkClient(sandbox, phone);
  others.push(client);
  return { client, at: watchStanzas(client) };
}

/** The name a client knows itself by, which it learns from the app state. */
const named = (auth: TestAuth, name: string): Promise<void> =>
  vi.waitFor(() => expect(auth.creds.me?.name).toBe(name), patient);

const write = async (from: string, to: string, text: string): Promise<string> =>
  (await call<{ id: string }>(sandbox, "POST", `/api/phones/${from}/send`, { to, text })).id;

test(
  "1 a consumer account learns its name from the app state, and a change reaches the other device",
  patience,
  async () => {
    await named(leadAuth, "Lead");
    const auth = newAuth();
    const { client } = await linkClient(sandbox, LEAD, auth);
    others.push(client);
    const at = watchStanzas(client);
    await named(auth, "Lead");
    await lead.sock.updateProfileName("Renamed");
    const synced = await at.first({ tag: "notification", type: "server_sync" });
    const collection = getBinaryNodeChild(synced, "collection");
    expect(collection?.attrs).toEqual({ name: "critical_block", version: "2" });
    await named(auth, "Renamed");
  },
);

test("1 a change on an old version is refused with what is newer", patience, async () => {
  await named(leadAuth, "Lead");
  const attrs = { name: "critical_block", version: "0", return_snapshot: "false" };
  const patch = proto.SyncdPatch.encode({ mutations: [] }).finish();
  const change = node("sync", {}, [node("collection", attrs, [node("patch", {}, patch)])]);
  const answer = await ask(lead, { type: "set", xmlns: "w:sync:app:state" }, [change]);
  const collection = getBinaryNodeChild(getBinaryNodeChild(answer, "sync"), "collection");
  expect(collection?.attrs).toMatchObject({ type: "error", version: "1" });
  expect(getBinaryNodeChild(collection, "error")?.attrs["code"]).toBe("409");
  const patches = getBinaryNodeChild(collection, "patches");
  expect(getBinaryNodeChildren(patches, "patch")).toHaveLength(1);
});

test.each([jid(LEAD), lid(LEAD)])("2 presence of %s keeps that form", patience, async (from) => {
  await named(leadAuth, "Lead");
  await lead.sock.sendPresenceUpdate("unavailable");
  await ping(lead);
  await sales.sock.presenceSubscribe(from);
  await lead.sock.sendPresenceUpdate("available");
  const shown = await vi.waitUntil(
    () => atSales.all({ tag: "presence", from }).find(({ attrs }) => !("type" in attrs)),
    patient,
  );
  expect(shown.attrs).toEqual({ from });
  await lead.sock.sendPresenceUpdate("unavailable");
  await vi.waitFor(() => {
    const last = atSales.all({ tag: "presence", from }).at(-1)?.attrs;
    expect(last).toMatchObject({ type: "unavailable", last: expect.any(String) as unknown });
  }, patient);
});

test.each([jid(SALES), lid(SALES)])(
  "2 typing to %s comes from the same form",
  patience,
  async (to) => {
    await lead.sock.sendPresenceUpdate("composing", to);
    const from = to.endsWith("@lid") ? lid(LEAD) : jid(LEAD);
    const shown = await atSales.first({ tag: "chatstate", from });
    expect(getBinaryNodeChild(shown, "composing")).toBeDefined();
  },
);

test(
  "3 an edit and a deletion keep their mark on the way, and the phone shows them",
  patience,
  async () => {
    const sent = await sales.sock.sendMessage(jid(LEAD), { text: "first" });
    const key = sent!.key;
    const edit = await sales.sock.sendMessage(jid(LEAD), { text: "second", edit: key });
    expect((await atLead.first({ tag: "message", id: edit!.key.id! })).attrs["edit"]).toBe("1");
    await vi.waitFor(async () => {
      expect((await chat(sandbox, LEAD, SALES)).data).toMatchObject([
        { text: "second", edited: true },
      ]);
    }, patient);
    const gone = await sales.sock.sendMessage(jid(LEAD), { delete: key });
    expect((await atLead.first({ tag: "message", id: gone!.key.id! })).attrs["edit"]).toBe("7");
    await vi.waitFor(async () => {
      expect((await chat(sandbox, LEAD, SALES)).data).toMatchObject([{ revoked: true }]);
    }, patient);
  },
);

test.each([
  { to: jid(LEAD), from: jid(SALES) },
  { to: lid(LEAD), from: lid(SALES) },
])("4 a trusted-contact token for $to reaches its devices", patience, async ({ to, from }) => {
  const token = node("token", { jid: to, t: "1700000000", type: "trusted_contact" });
  await ask(sales, { type: "set", xmlns: "privacy" }, [node("tokens", {}, [token])]);
  const told = await atLead.first({ tag: "notification", type: "privacy_token", from });
  const [given] = getBinaryNodeChildren(getBinaryNodeChild(told, "tokens"), "token");
  expect(given?.attrs).toEqual({ jid: to, t: "1700000000", type: "trusted_contact" });
  expect((given?.content as Uint8Array).length).toBeGreaterThan(0);
});

test("5 a file is found by its path, whatever query clients append", patience, async () => {
  trustMediaHost(sandbox.caPem);
  const media = { kind: "document", mimetype: "text/plain", sizeBytes: 100 };
  const path = `/api/phones/${LEAD}/send`;
  const { id } = await call<{ id: string }>(sandbox, "POST", path, { to: SALES, media });
  const message = await vi.waitUntil(() => received(sales, id), patient);
  const directPath = message.message?.documentMessage?.directPath ?? "";
  expect(directPath).toMatch(/_n\.enc\?ccb=/);
  const answers = await Promise.all(
    [directPath, `${directPath}&hash=abc&mode=auto`, directPath.split("?")[0]].map((each) =>
      fetch(`${sandbox.mediaUrl}${each}`),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
});

test("6 what one device has read, the account's other device hears of", patience, async () => {
  const { at } = await linkAnother(SALES);
  const id = await write(LEAD, SALES, "read me");
  const message = await vi.waitUntil(() => received(sales, id), patient);
  await sales.sock.readMessages([message.key]);
  const told = await at.first({ tag: "receipt", type: "read", id });
  expect(told.attrs).toMatchObject({ from: jid(SALES), recipient: jid(LEAD) });
});

test(
  "7 a new device is announced with both addresses and the hash of the new list",
  patience,
  async () => {
    await linkAnother(SALES);
    const told = await atLead.first({ tag: "notification", type: "devices", from: jid(SALES) });
    const add = getBinaryNodeChild(told, "add");
    expect(add?.attrs["device_hash"]).toMatch(/^2:[\w+/]{8}$/);
    expect(add?.attrs["device_lid_hash"]).toMatch(/^2:[\w+/]{8}$/);
    expect(getBinaryNodeChild(add, "device")?.attrs).toEqual({
      jid: `${SALES}:2@s.whatsapp.net`,
      lid: `9${SALES}77:2@lid`,
      "key-index": "2",
    });
  },
);

test(
  "8 of a resend the ciphertext on top goes to the device it names, alone",
  patience,
  async () => {
    const top = Buffer.from("ciphertext for one device");
    const other = node("enc", { v: "2", type: "msg" }, Buffer.from("another"));
    const attrs = { id: "3EB0RESEND", type: "text", to: `${LEAD}:1@s.whatsapp.net` };
    await sales.sock.sendNode(
      node("message", { ...attrs, device_fanout: "false" }, [
        node("enc", { v: "2", type: "msg", count: "1" }, top),
        node("participants", {}, [node("to", { jid: jid(LEAD) }, [other])]),
      ]),
    );
    const arrived = await atLead.first({ tag: "message", id: attrs.id });
    const [enc] = getBinaryNodeChildren(arrived, "enc");
    expect(enc?.attrs).toMatchObject({ count: "1" });
    expect(Buffer.from(enc?.content as Uint8Array).equals(top)).toBe(true);
    const { data } = await call<{ data: object[] }>(sandbox, "GET", `/api/ledger?phone=${LEAD}`);
    expect(data).toMatchObject([{ messageId: attrs.id, device: 1, copies: 1 }]);
  },
);
