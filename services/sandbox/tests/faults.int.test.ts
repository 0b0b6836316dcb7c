import type { BinaryNode } from "@whiskeysockets/baileys";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LedgerRow, Submission } from "../src/api/ledger.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { silenceLibsignal } from "../src/silence-libsignal.ts";
import { connectClient, received, type TestAuth, type TestClient } from "./client.ts";
import { addPhone, call, chat, jid, LEAD, linkClient, SALES, startTestSandbox } from "./control.ts";
import { ping, watchStanzas, type Watched } from "./stanzas.ts";

silenceLibsignal();

const DELIVERED = 3;
const patient = { timeout: 40_000 };
/** So late that what a test does before it is over by then, on a busy machine too. */
const delayMs = 8_000;

let sandbox: Sandbox;
let client: TestClient;
let auth: TestAuth;
let watched: Watched;

beforeEach(async () => {
  sandbox = await startTestSandbox();
  await addPhone(sandbox, SALES, "Sales");
  await addPhone(sandbox, LEAD, "Lead");
  ({ client, auth } = await linkClient(sandbox));
  watched = watchStanzas(client);
  // The first message makes the Signal session: what follows is one stanza each.
  await shown(await send("before"));
}, 120_000);

afterEach(async () => {
  void client.sock.end(undefined);
  await sandbox.close();
});

const fault = (body: object): Promise<unknown> => call(sandbox, "POST", "/api/faults", body);

const send = async (text: string): Promise<string> =>
  (await client.sock.sendMessage(jid(LEAD), { text }))?.key.id ?? "";

const write = async (text: string): Promise<string> => {
  const path = `/api/phones/${LEAD}/send`;
  return (await call<{ id: string }>(sandbox, "POST", path, { to: SALES, text })).id;
};

const isShown = async (id: string): Promise<boolean> =>
  (await chat(sandbox, LEAD, SALES)).data.some((message) => message.id === id);

const shown = (id: string): Promise<void> =>
  vi.waitFor(async () => expect(await isShown(id)).toBe(true), patient);

const acked = (id: string): Promise<BinaryNode> =>
  watched.first({ tag: "ack", class: "message", id });

const acks = (id: string): BinaryNode[] => watched.all({ tag: "ack", class: "message", id });

const outcomes = async (id: string): Promise<string[]> => {
  const path = `/api/ledger/submissions?from=${SALES}`;
  const { data } = await call<{ data: Submission[] }>(sandbox, "GET", path);
  return data.filter(({ messageId }) => messageId === id).map(({ outcome }) => outcome);
};

const ledger = async (id: string, phone: string): Promise<LedgerRow | undefined> => {
  const path = `/api/ledger?phone=${phone}`;
  const { data } = await call<{ data: LedgerRow[] }>(sandbox, "GET", path);
  return data.find(({ messageId }) => messageId === id);
};

const patience = { timeout: 120_000 };

test("message_lost: no effect and no ack, the next one is fine", patience, async () => {
  await fault({ kind: "message_lost", account: SALES });
  const lost = await send("lost");
  const next = await send("next");
  await Promise.all([acked(next), shown(next)]);
  expect(await outcomes(lost)).toEqual(["lost"]);
  expect(await isShown(lost)).toBe(false);
  expect(acks(lost)).toEqual([]);
});

test("ack_lost: it takes effect, the ack never comes", patience, async () => {
  await fault({ kind: "ack_lost", account: SALES });
  const id = await send("no ack");
  await shown(id);
  await ping(client);
  expect(acks(id)).toEqual([]);
  expect(await outcomes(id)).toEqual(["applied"]);
});

test(
  "ack_late: it takes effect at once, the ack comes later than the next one's",
  patience,
  async () => {
    await fault({ kind: "ack_late", account: SALES, delayMs });
    const late = await send("late");
    const next = await send("next");
    await acked(next);
    await shown(late);
    expect(acks(late)).toEqual([]);
    await acked(late);
  },
);

test(
  "slow_apply: it takes effect later than the next one, even when the client is gone",
  patience,
  async () => {
    await fault({ kind: "slow_apply", account: SALES, delayMs });
    const slow = await send("slow");
    const next = await send("next");
    await shown(next);
    expect(await isShown(slow)).toBe(false);
    expect(acks(slow)).toEqual([]);
    void client.sock.end(undefined);
    await client.closed;
    await shown(slow);
  },
);

test.each([
  { kind: "drop_before_apply", outcome: "lost", effect: false },
  { kind: "drop_after_apply", outcome: "applied", effect: true },
])(
  "$kind: the connection drops, the message is $outcome",
  patience,
  async ({ kind, outcome, effect }) => {
    await fault({ kind, account: SALES });
    const id = await send("dropped");
    expect(await client.closed).toBe(428);
    expect(await outcomes(id)).toEqual([outcome]);
    expect(acks(id)).toEqual([]);
    if (effect) await shown(id);
    else expect(await isShown(id)).toBe(false);
  },
);

test("duplicate_delivery: the phone gets two copies and shows one", patience, async () => {
  await fault({ kind: "duplicate_delivery", account: SALES });
  const id = await send("twice");
  await vi.waitFor(async () => {
    expect(await ledger(id, LEAD)).toMatchObject({ copies: 2, displayed: 1 });
  }, patient);
});

test("duplicate_delivery: a client gets the same stanza twice", patience, async () => {
  await fault({ kind: "duplicate_delivery", account: LEAD, device: 1 });
  const id = await write("twice");
  await vi.waitUntil(() => received(client, id), patient);
  await vi.waitFor(() => expect(watched.all({ tag: "message", id })).toHaveLength(2), patient);
});

test(
  "undecryptable: the phone asks again and the client's second copy is read",
  patience,
  async () => {
    await fault({ kind: "undecryptable", account: SALES });
    const id = await send("damaged");
    await watched.first({ tag: "receipt", type: "retry", id });
    await shown(id);
    expect(await ledger(id, LEAD)).toMatchObject({ undecryptable: 1, displayed: 1 });
  },
);

test(
  "undecryptable: a client asks again and the phone's second copy is read",
  patience,
  async () => {
    await fault({ kind: "undecryptable", account: LEAD, device: 1 });
    const id = await write("damaged");
    await vi.waitUntil(() => received(client, id), patient);
    const copies = watched.all({ tag: "message", id });
    expect(copies).toHaveLength(2);
    const [enc] = copies[1]?.content as BinaryNode[];
    expect(enc?.attrs["count"]).toBe("1");
  },
);

test("receipt_lost: the message stays at one tick, the next one gets two", patience, async () => {
  await fault({ kind: "receipt_lost", account: SALES });
  const lost = await send("lost receipt");
  await shown(lost);
  const next = await send("next");
  await vi.waitFor(
    () => expect(client.statuses).toContainEqual({ id: next, status: DELIVERED }),
    patient,
  );
  expect(client.statuses).not.toContainEqual({ id: lost, status: DELIVERED });
});

test("receipt_late: the receipt comes after that of the next message", patience, async () => {
  await fault({ kind: "receipt_late", account: SALES, delayMs });
  const late = await send("late receipt");
  await shown(late);
  const next = await send("next");
  await watched.first({ tag: "receipt", id: next });
  expect(watched.all({ tag: "receipt", id: late })).toEqual([]);
  await watched.first({ tag: "receipt", id: late });
});

test(
  "iq_error: the query throws with the code and text, other queries do not",
  patience,
  async () => {
    await fault({ kind: "iq_error", account: SALES, xmlns: "blocklist", code: "429" });
    await client.sock.onWhatsApp(LEAD);
    await expect(client.sock.fetchBlocklist()).rejects.toMatchObject({
      data: 429,
      message: "rate-overlimit",
    });
    expect(await client.sock.fetchBlocklist()).toEqual([]);
  },
);

test.each(["463", "479", "429"])("ack_error %s: refused without effect", patience, async (code) => {
  await fault({ kind: "ack_error", account: SALES, code });
  const id = await send("refused");
  expect((await acked(id)).attrs["error"]).toBe(code);
  expect(await outcomes(id)).toEqual([`refused ${code}`]);
  expect(await isShown(id)).toBe(false);
});

test("login_failure 402 carries the reason and the time of the ban", patience, async () => {
  void client.sock.end(undefined);
  await client.closed;
  const ban = { code: "402", subcode: "101", expire: 3600 };
  await fault({ kind: "login_failure", account: SALES, ...ban });
  const refused = connectClient(auth, sandbox);
  const data = new Promise((resolve) => {
    refused.sock.ev.on("connection.update", ({ lastDisconnect }) => {
      const error = lastDisconnect?.error as { data?: unknown } | undefined;
      if (error !== undefined) resolve(error.data);
    });
  });
  expect(await data).toMatchObject({ reason: "402", code: "101", expire: "3600" });
});

test.each(["403", "503"])(
  "upgrade_refused %s is seen as the HTTP status",
  patience,
  async (code) => {
    await fault({ kind: "upgrade_refused", code });
    const refused = connectClient(auth, sandbox);
    const status = await new Promise((resolve) => {
      refused.sock.ws.on("unexpected-response", (_request, response: { statusCode: number }) =>
        resolve(response.statusCode),
      );
    });
    expect(status).toBe(Number(code));
  },
);

test(
  "a fault of another account hits nobody else, one with a count hits that often",
  patience,
  async () => {
    await fault({ kind: "ack_error", account: LEAD, code: "479" });
    await fault({ kind: "ack_error", account: SALES, code: "463", count: 2 });
    const ids = [await send("one"), await send("two"), await send("three")];
    const errors = [];
    for (const id of ids) errors.push((await acked(id)).attrs["error"]);
    expect(errors).toEqual(["463", "463", undefined]);
    const { data } = await call<{ data: object[] }>(sandbox, "GET", "/api/faults");
    expect(data).toMatchObject([{ account: LEAD, remaining: 1 }]);
  },
);

test("a fault without end hits until it is taken back", patience, async () => {
  const { id } = (await fault({ kind: "ack_error", account: SALES, code: "463", count: 0 })) as {
    id: string;
  };
  for (const text of ["one", "two"]) {
    expect((await acked(await send(text))).attrs["error"]).toBe("463");
  }
  await call(sandbox, "DELETE", `/api/faults/${id}`);
  expect((await acked(await send("three"))).attrs["error"]).toBeUndefined();
});
