import { waitFor } from "@rarity/platform/testing";
import { v7 as uuidv7 } from "uuid";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { digestTables } from "./digest.ts";
import { seedTenant, type Tenant } from "./seed.ts";
import { openSocket, type SocketClient } from "./socket-client.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let a: Tenant;
let b: Tenant;
const open: SocketClient[] = [];
beforeAll(async () => {
  world = await startWorld();
  a = await seedTenant(world, "socket-a", "+14155550941");
  b = await seedTenant(world, "canary-of-b", "+14155550942");
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(() => world.stop());

const join = async (token?: string): Promise<SocketClient> => {
  const client = await openSocket(world.edge, token);
  open.push(client);
  return client;
};

const message = (change: object = {}): object => ({
  to: { identity: { channel: "whatsapp", kind: "phone", value: "+14155550943" } },
  content: { type: "text", text: "hello" },
  clientId: uuidv7(),
  ...change,
});

type Bad = [title: string, act: (client: SocketClient) => void, code: string];

const badFrames: Bad[] = [
  ["not JSON", (c) => c.socket.send("{"), "MALFORMED_JSON"],
  ["a number", (c) => c.socket.send("7"), "VALIDATION_FAILED"],
  ["null", (c) => c.socket.send("null"), "VALIDATION_FAILED"],
  ["a list", (c) => c.socket.send("[]"), "VALIDATION_FAILED"],
  ["an unknown type", (c) => c.send("dance", {}), "VALIDATION_FAILED"],
  ["a server's type", (c) => c.send("message_received", {}), "VALIDATION_FAILED"],
  ["another version", (c) => c.send("ping", {}, "v", { v: 2 }), "VALIDATION_FAILED"],
  ["an extra field", (c) => c.send("ping", {}, "x", { extra: 1 }), "VALIDATION_FAILED"],
  ["an extra field inside", (c) => c.send("ping", { extra: 1 }), "VALIDATION_FAILED"],
  ["an id that is a number", (c) => c.send("ping", {}, "x", { id: 7 }), "VALIDATION_FAILED"],
  ["an id of 65 characters", (c) => c.send("ping", {}, "i".repeat(65)), "VALIDATION_FAILED"],
  ["no data", (c) => c.send("subscribe", undefined), "VALIDATION_FAILED"],
  ["no stream", (c) => c.send("subscribe", { streams: [] }), "VALIDATION_FAILED"],
  [
    "a place before the first",
    (c) => c.send("resume", { stream: "org", afterSeq: -1 }),
    "VALIDATION_FAILED",
  ],
  [
    "no client id",
    (c) => c.send("send_message", message({ clientId: undefined })),
    "VALIDATION_FAILED",
  ],
  [
    "a channel unheard of",
    (c) => c.send("send_message", message({ channels: ["fax"] })),
    "VALIDATION_FAILED",
  ],
  [
    "NUL in a text",
    (c) => c.send("send_message", message({ content: { type: "text", text: "a\0b" } })),
    "VALIDATION_FAILED",
  ],
  [
    "half a surrogate pair",
    (c) => c.send("send_message", message({ content: { type: "text", text: "a\ud800" } })),
    "VALIDATION_FAILED",
  ],
  [
    "nested a thousand deep",
    (c) => c.socket.send(`{"x":${"[".repeat(1000)}${"]".repeat(1000)}}`),
    "VALIDATION_FAILED",
  ],
];

test.each(badFrames)(
  "%s is answered with an error, stores nothing, and the socket goes on",
  async (_title, act, code) => {
    const client = await join(a.token);
    const before = await digestTables(world.admin);
    act(client);
    expect((await client.next("error")).data).toMatchObject({ code, retryable: false });
    client.send("ping", {}, "still-there");
    await client.next("pong", "still-there");
    expect(await digestTables(world.admin)).toEqual(before);
  },
);

describe("another tenant's things are like things that are not there", () => {
  const both = async (
    type: string,
    data: (id: string) => object,
    foreign: string,
  ): Promise<object[]> => {
    const client = await join(a.token);
    const before = await digestTables(world.admin);
    const answers: object[] = [];
    for (const [name, id] of [
      ["foreign", foreign],
      ["unknown", uuidv7()],
    ] as const) {
      client.send(type, data(id), name);
      answers.push((await client.next("error", name)).data);
    }
    expect(await digestTables(world.admin)).toEqual(before);
    return answers;
  };

  test.each<[string, string, (id: string) => object, () => string, string]>([
    ["a stream", "subscribe", (id) => ({ streams: [`org:${id}`] }), () => b.orgId, "FORBIDDEN"],
    [
      "a stream to resume",
      "resume",
      (id) => ({ stream: `org:${id}`, afterSeq: 0 }),
      () => b.orgId,
      "FORBIDDEN",
    ],
    [
      "a conversation to read",
      "mark_read",
      (id) => ({ conversationId: id }),
      () => b.ids.conversation,
      "NOT_FOUND",
    ],
    [
      "a conversation to type in",
      "typing",
      (id) => ({ conversationId: id }),
      () => b.ids.conversation,
      "NOT_FOUND",
    ],
    [
      "an account",
      "send_message",
      (id) => message({ accountId: id, clientId: "c1" }),
      () => b.ids.account,
      "ACCOUNT_NOT_FOUND",
    ],
    [
      "a lead",
      "send_message",
      (id) => message({ to: { leadId: id }, clientId: "c2" }),
      () => b.ids.lead,
      "RECIPIENT_UNKNOWN",
    ],
    [
      "a message to quote",
      "send_message",
      (id) => message({ replyTo: id, clientId: "c3" }),
      () => b.ids.message,
      "VALIDATION_FAILED",
    ],
  ])("%s", async (_title, type, data, foreign, code) => {
    const [ofB, ofNobody] = await both(type, data, foreign());
    expect(ofB).toMatchObject({ code });
    expect(ofB).toEqual(ofNobody);
  });

  test("nothing of the other tenant reaches a socket", async () => {
    const client = await join(a.token);
    client.send("resume", { stream: "org", afterSeq: 0 });
    await client.next("message_accepted");
    expect(JSON.stringify(client.received)).not.toContain(b.orgId);
    expect(JSON.stringify(client.received)).not.toContain(b.ids.message);
  });
});

describe("closed with its own code", () => {
  test.each<[string, number, (client: SocketClient) => Promise<void> | void]>([
    ["a binary frame", 1003, (c) => c.socket.send(Buffer.from([1, 2, 3]))],
    ["a frame over 64 KiB", 1009, (c) => c.socket.send("x".repeat(70_000))],
    [
      "a token of another tenant on the same socket",
      4401,
      (c) => c.send("auth", { token: b.token }),
    ],
    [
      "a token of no tenant",
      4401,
      async (c) =>
        c.send("auth", { token: await world.tokenFor({ userId: a.userId, orgId: null }) }),
    ],
  ])("%s", async (_title, code, act) => {
    const client = await join(a.token);
    await act(client);
    expect(await client.closed()).toBe(code);
  });

  test.each(["subscribe", "send_message", "mark_read"])("%s before the token", async (type) => {
    const before = await digestTables(world.admin);
    const client = await join();
    client.send(
      type,
      type === "subscribe"
        ? { streams: ["org"] }
        : type === "mark_read"
          ? { conversationId: a.ids.conversation }
          : message(),
    );
    expect(await client.closed()).toBe(4401);
    expect(await digestTables(world.admin)).toEqual(before);
  });

  test("no token within five seconds", async () => {
    expect(await (await join()).closed()).toBe(4401);
  });

  test("more frames at once than anybody types", async () => {
    const client = await join(a.token);
    for (let n = 0; n < 5_000; n += 1) client.send("ping", {}, String(n));
    const limited = waitFor(() =>
      client.received.find(({ data }) => data["code"] === "API_RATE_LIMITED"),
    );
    await Promise.race([limited, client.closed().then((code) => expect(code).toBe(4429))]);
  });

  test("a reader that does not read, while the others get everything", async () => {
    const [slow, quick] = [await join(a.token), await join(a.token)];
    for (const client of [slow, quick]) {
      client.send("subscribe", { streams: ["org"] });
      await client.next("subscribed");
    }
    slow.socket.pause();
    const seen = (): number => quick.received.filter(({ type }) => type === "lead_updated").length;
    // Thirty megabytes, more than the kernel keeps for a socket; in pieces that a reader keeps up with.
    const [rounds, perRound] = [50, 10];
    for (let round = 1; round <= rounds; round += 1) {
      await world.admin.query(
        `insert into messaging.outbox (org_id, events)
         select $1, jsonb_build_array(jsonb_build_object('id', app.uuidv7(), 'type', 'lead_updated', 'wake', false,
           'data', jsonb_build_object('leadId', $2::text, 'pad', repeat('x', 60000))))
         from generate_series(1, $3)`,
        [a.orgId, a.ids.lead, perRound],
      );
      await waitFor(() => seen() === round * perRound, { what: "all events at the quick reader" });
    }
    slow.socket.resume();
    // Its close frame comes behind what was buffered; after two seconds the line is cut instead.
    expect([4408, 1006]).toContain(await slow.closed());
    expect(slow.received.filter(({ type }) => type === "lead_updated").length).toBeLessThan(
      rounds * perRound,
    );
  });
});

test("what was missed while away is read again, in order and once", async () => {
  const first = await join(a.token);
  first.send("subscribe", { streams: ["org"] });
  const { data } = await first.next("subscribed");
  const [place] = data["streams"] as { seq: number }[];
  first.close();
  await first.closed();
  const writer = await join(a.token);
  for (let n = 0; n < 5; n += 1) {
    writer.send("send_message", message(), `m${n}`);
    await writer.next("ack", `m${n}`);
  }
  const back = await join(a.token);
  back.send("resume", { stream: `org:${a.orgId}`, afterSeq: place?.seq ?? 0 });
  const seqs = (): number[] => back.received.flatMap(({ seq }) => seq ?? []);
  await waitFor(() => seqs().length >= 5);
  expect(seqs()).toEqual(seqs().map((_, n) => (place?.seq ?? 0) + n + 1));
});
