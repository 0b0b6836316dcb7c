// Answers to single questions, and what happens at the edges of a connection; numbers as in
// server-only.int.test.ts.
import { getBinaryNodeChild, getBinaryNodeChildren, proto } from "@whiskeysockets/baileys";
import { inflateSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Sandbox } from "../src/sandbox.ts";
import { silenceLibsignal } from "../src/silence-libsignal.ts";
import { connectClient, newAuth, received, type TestClient } from "./client.ts";
import { addPhone, call, chat, jid, LEAD, linkClient, SALES, startTestSandbox } from "./control.ts";
import { ask, node, ping, watchStanzas, type Watched } from "./stanzas.ts";

silenceLibsignal();

const patience = { timeout: 60_000 };
const patient = { timeout: 20_000 };

let sandbox: Sandbox;
let client: TestClient;
let watched: Watched;
const others: TestClient[] = [];

beforeEach(async () => {
  sandbox = await startTestSandbox();
  await addPhone(sandbox, SALES, "Sales");
  await addPhone(sandbox, LEAD, "Lead");
  ({ client } = await linkClient(sandbox));
  watched = watchStanzas(client);
}, 60_000);

afterEach(async () => {
  for (const each of [client, ...others.splice(0)]) void each.sock.end(undefined);
  await sandbox.close();
});

const unpaired = (options: { sandbox?: Sandbox } = {}): TestClient => {
  const made = connectClient(newAuth(), options.sandbox ?? sandbox);
  others.push(made);
  return made;
};

test("10 a contact query is echoed, a business shows its verified name", patience, async () => {
  const contact = (number: string): ReturnType<typeof node> =>
    node("user", {}, [node("contact", {}, Buffer.from(`+${number}`))]);
  const query = node("query", {}, [node("contact"), node("business")]);
  const list = node("list", {}, [contact(SALES), contact(LEAD), contact("19990000000")]);
  const usync = node("usync", { sid: "1", mode: "query", context: "interactive" }, [query, list]);
  const answer = await ask(client, { type: "get", xmlns: "usync" }, [usync]);
  const users = getBinaryNodeChildren(
    getBinaryNodeChild(getBinaryNodeChild(answer, "usync"), "list"),
    "user",
  );
  const found = users.map((user) => {
    const child = getBinaryNodeChild(user, "contact");
    return [child?.attrs["type"], Buffer.from(child?.content as Uint8Array).toString()];
  });
  expect(found).toEqual([
    ["in", `+${SALES}`],
    ["in", `+${LEAD}`],
    ["out", "+19990000000"],
  ]);
  const name = getBinaryNodeChild(getBinaryNodeChild(users[0], "business"), "verified_name");
  const certificate = proto.VerifiedNameCertificate.decode(name?.content as Uint8Array);
  const details = proto.VerifiedNameCertificate.Details.decode(certificate.details!);
  expect(details.verifiedName).toBe("Sales");
  expect(getBinaryNodeChild(users[1], "business")).toBeUndefined();
});

test(
  "11 privacy settings are kept, and with read receipts off no read mark reaches the contact",
  patience,
  async () => {
    await client.sock.updateReadReceiptsPrivacy("none");
    expect(await client.sock.fetchPrivacySettings(true)).toMatchObject({ readreceipts: "none" });
    const path = `/api/phones/${LEAD}/send`;
    const { id } = await call<{ id: string }>(sandbox, "POST", path, { to: SALES, text: "seen?" });
    const message = await vi.waitUntil(() => received(client, id), patient);
    await client.sock.readMessages([message.key]);
    await ping(client);
    const { data } = await call<{ data: { type: string; data: object }[] }>(
      sandbox,
      "GET",
      "/api/events",
    );
    const receipts = data.filter(({ type }) => type === "receipt").map((event) => event.data);
    expect(receipts).not.toContainEqual(expect.objectContaining({ id, type: "read" }));
    expect((await chat(sandbox, LEAD, SALES)).data).toMatchObject([{ status: "delivered" }]);
    // The own phone does learn of it.
    await vi.waitFor(async () => {
      expect((await chat(sandbox, SALES, LEAD)).data).toMatchObject([{ id, read: true }]);
    }, patient);
  },
);

test(
  "12 blocking answers the new list with another hash; profile and status are taken",
  patience,
  async () => {
    const list = async (content: ReturnType<typeof node>[] = []) =>
      getBinaryNodeChild(
        await ask(
          client,
          { type: content.length === 0 ? "get" : "set", xmlns: "blocklist" },
          content,
        ),
        "list",
      );
    const empty = await list();
    expect(getBinaryNodeChildren(empty, "item")).toEqual([]);
    const blocked = await list([node("item", { jid: jid(LEAD), action: "block" })]);
    expect(getBinaryNodeChildren(blocked, "item").map(({ attrs }) => attrs["jid"])).toEqual([
      jid(LEAD),
    ]);
    expect(blocked?.attrs["dhash"]).not.toBe(empty?.attrs["dhash"]);
    const freed = await list([node("item", { jid: jid(LEAD), action: "unblock" })]);
    expect(freed?.attrs["dhash"]).toBe(empty?.attrs["dhash"]);
    expect(await client.sock.getBusinessProfile(jid(SALES))).toMatchObject({
      description: "Sales",
    });
    await client.sock.updateProfileStatus("away");
    const [status] = (await client.sock.fetchStatus(jid(SALES))) ?? [];
    expect(status).toMatchObject({ status: { status: "away" } });
  },
);

test("13 a pairing code is refused to a client with a strange display name", patience, async () => {
  const fresh = unpaired();
  await fresh.qr;
  const hello = (display: string): Promise<unknown> =>
    ask(fresh, { type: "set", xmlns: "md" }, [
      node("link_code_companion_reg", { jid: jid(SALES), stage: "companion_hello" }, [
        node("companion_platform_display", {}, Buffer.from(display)),
        node("link_code_pairing_wrapped_companion_ephemeral_pub", {}, Buffer.alloc(80)),
        node("companion_server_auth_key_pub", {}, Buffer.alloc(32)),
      ]),
    ]);
  const error = { tag: "error", attrs: { code: "400", text: "bad-request" } };
  expect(await hello("Chrome")).toMatchObject({ attrs: { type: "error" }, content: [error] });
  expect(await hello("Chrome (Linux)")).toMatchObject({ attrs: { type: "result" } });
});

test("14 a socket nobody pairs is closed when its refs are used up", patience, async () => {
  const short = await startTestSandbox({ options: { refLifetimeMs: 300 } });
  const fresh = unpaired({ sandbox: short });
  await fresh.qr;
  expect(await fresh.closed).toBe(428);
  await short.close();
});

test(
  "15 a client that logs out gets its result and a plain close, no stream error",
  patience,
  async () => {
    const remove = node("remove-companion-device", {
      jid: `${SALES}:1@s.whatsapp.net`,
      reason: "user_initiated",
    });
    const answer = await ask(client, { type: "set", xmlns: "md" }, [remove]);
    expect(answer.attrs["type"]).toBe("result");
    expect(await client.closed).toBe(428);
    expect(watched.all({ tag: "stream:error" })).toEqual([]);
  },
);

test(
  "16 moving a phone to LIDs tells its devices, and its messages come from the LID",
  patience,
  async () => {
    await call(sandbox, "PATCH", `/api/phones/${SALES}`, { lidMigrated: true });
    await vi.waitFor(async () => {
      const stored = await client.sock.signalRepository.lidMapping.getLIDForPN(jid(LEAD));
      expect(stored).toBe(`9${LEAD}77@lid`);
    }, patient);
    const phone = await call(sandbox, "GET", `/api/phones/${SALES}`);
    expect(phone).toMatchObject({ settings: { lidMigrated: true, addressing: "lid" } });
    const sent = await client.sock.sendMessage(jid(LEAD), { text: "still there?" });
    await vi.waitFor(async () => {
      expect((await chat(sandbox, LEAD, SALES)).data).toMatchObject([{ id: sent?.key.id }]);
    }, patient);
    await call(sandbox, "PATCH", `/api/phones/${LEAD}`, { lidMigrated: true });
    const path = `/api/phones/${LEAD}/send`;
    const { id } = await call<{ id: string }>(sandbox, "POST", path, { to: SALES, text: "moved" });
    const message = await vi.waitUntil(() => received(client, id), patient);
    expect(message.key.remoteJid).toBe(`9${LEAD}77@lid`);
  },
);

test("16 a phone that has moved already says so in the first history", patience, async () => {
  const phone = { phone: "15550001005", name: "Moved", lidMigrated: true };
  await call(sandbox, "POST", "/api/phones", phone);
  const { client: moved } = await linkClient(sandbox, phone.phone);
  others.push(moved);
  const notified = await vi.waitUntil(
    () =>
      moved.messages
        .map(({ message }) => message?.protocolMessage?.historySyncNotification)
        .find((notification) => Boolean(notification)),
    patient,
  );
  const history = proto.HistorySync.decode(
    inflateSync(notified.initialHistBootstrapInlinePayload ?? new Uint8Array()),
  );
  expect(Number(history.globalSettings?.chatDbLidMigrationTimestamp)).toBeGreaterThan(0);
  expect(history.phoneNumberToLidMappings).toHaveLength(3);
});

test(
  "17 before the login a client is answered a ping, and its messages go nowhere",
  patience,
  async () => {
    const fresh = unpaired();
    await fresh.qr;
    const enc = node("enc", { v: "2", type: "msg" }, Buffer.from("x"));
    await fresh.sock.sendNode(
      node("message", { id: "3EB0EARLY", type: "text", to: jid(LEAD) }, [enc]),
    );
    await fresh.sock.sendNode(node("receipt", { id: "1", to: jid(LEAD) }));
    await fresh.sock.sendNode(node("presence", { type: "available" }));
    expect((await ping(fresh)).attrs["type"]).toBe("result");
    expect(await call(sandbox, "GET", "/api/ledger")).toEqual({ data: [] });
    expect(await call(sandbox, "GET", "/api/ledger/submissions")).toEqual({ data: [] });
  },
);

test(
  "18 a receipt to nobody and one to an address that is none leave the connection alone",
  patience,
  async () => {
    await client.sock.sendNode(node("receipt", { id: "1", to: "" }));
    await client.sock.sendNode(node("receipt", { id: "2", to: "@s.whatsapp.net", type: "read" }));
    expect((await ping(client)).attrs["type"]).toBe("result");
  },
);

test("a question nobody knows is answered with an error, and listed", patience, async () => {
  const answer = await ask(client, { type: "get", xmlns: "w:unheard" }, [node("thing")]);
  const error = { tag: "error", attrs: { code: "501", text: "feature-not-implemented" } };
  expect(answer).toMatchObject({ attrs: { type: "error" }, content: [error] });
  const { data } = await call<{ data: string[] }>(sandbox, "GET", "/api/unknown-queries");
  expect(data).toEqual(["get w:unheard thing"]);
});
