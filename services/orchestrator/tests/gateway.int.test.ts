import { waitFor } from "@rarity/platform/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startHarness, type Harness, type Tenant } from "./harness.ts";

interface Envelope {
  type: string;
  id: string;
  seq?: number;
  data: Record<string, unknown>;
}

let harness: Harness;
let tenant: Tenant;
beforeAll(async () => {
  harness = await startHarness();
  tenant = await harness.createTenant();
});
afterAll(() => harness.stop());

class Client {
  readonly received: Envelope[] = [];
  closeCode: number | undefined;
  readonly socket = new WebSocket(`ws://127.0.0.1:${harness.port}/ws`);

  constructor() {
    this.socket.on("message", (data: Buffer) => {
      this.received.push(...(JSON.parse(data.toString()) as Envelope[]));
    });
    this.socket.on("close", (code) => (this.closeCode = code));
    this.socket.on("error", () => undefined);
  }

  async opened(): Promise<this> {
    await waitFor(() => this.socket.readyState === WebSocket.OPEN);
    return this;
  }

  send(type: string, data: object, id = type): void {
    this.socket.send(JSON.stringify({ v: 1, type, id, data }));
  }

  next(type: string, id?: string): Promise<Envelope> {
    return waitFor(
      () => this.received.find((one) => one.type === type && (id === undefined || one.id === id)),
      { what: `a ${type} frame` },
    );
  }

  seqs(): number[] {
    return this.received.flatMap(({ seq }) => seq ?? []);
  }
}

const join = async (token = tenant.token): Promise<Client> => {
  const client = await new Client().opened();
  client.send("auth", { token });
  await client.next("ready");
  return client;
};

const message = (phone: string, clientId: string): object => ({
  to: { identity: { channel: "whatsapp", kind: "phone", value: phone } },
  content: { type: "text", text: "hello" },
  clientId,
});

test("a message sent by a socket is acknowledged and announced to every other socket", async () => {
  const [sender, watcher] = [await join(), await join()];
  watcher.send("subscribe", { streams: ["org"] });
  await watcher.next("subscribed");
  sender.send("send_message", message("+14155550301", "c1"));
  const ack = await sender.next("ack");
  const accepted = ack.data["message"] as { id: string };
  const event = await watcher.next("message_accepted");
  expect(event.data).toMatchObject({ messageId: accepted.id, status: "accepted" });
  sender.send("send_message", message("+14155550301", "c1"), "again");
  const again = await sender.next("ack", "again");
  expect(again.data["message"]).toMatchObject({ id: accepted.id });
  for (const { socket } of [sender, watcher]) socket.close();
});

test("a client that comes back gets every event it missed, in order and once", async () => {
  const sender = await join();
  for (const n of [0, 1, 2, 3, 4]) {
    sender.send("send_message", message(`+1415555031${n}`, `m${n}`), `s${n}`);
    await sender.next("ack", `s${n}`);
  }
  const back = await join();
  back.send("resume", { stream: `org:${tenant.orgId}`, afterSeq: 0 });
  await waitFor(() => back.seqs().length >= 6);
  sender.send("send_message", message("+14155550320", "live"), "live");
  await waitFor(() => back.seqs().length >= 7);
  expect(back.seqs()).toEqual(back.seqs().map((_, index) => index + 1));
  for (const { socket } of [sender, back]) socket.close();
});

test("a place that was never in the stream asks for a new start", async () => {
  const client = await join();
  client.send("resume", { stream: "org", afterSeq: 1_000_000 });
  const { data } = await client.next("resync_required");
  expect(data["headSeq"]).toBeLessThan(1_000_000);
  client.socket.close();
});

test.each([
  ["a bad token", (client: Client) => client.send("auth", { token: "nonsense" })],
  ["a frame before the token", (client: Client) => client.send("ping", {})],
  [
    "a token that expires",
    (client: Client) =>
      client.send("auth", { token: harness.tokenFor(tenant.orgId, { secondsLeft: 1 }) }),
  ],
])("%s closes with 4401", async (_, act) => {
  const client = await new Client().opened();
  act(client);
  expect(await waitFor(() => client.closeCode)).toBe(4401);
});

test("mistakes are answered and the connection goes on", async () => {
  const client = await join(harness.tokenFor(tenant.orgId, { role: "viewer" }));
  const stranger = await harness.createTenant();
  client.send("subscribe", { streams: [`org:${stranger.orgId}`] }, "foreign");
  expect((await client.next("error", "foreign")).data["code"]).toBe("FORBIDDEN");
  client.send("send_message", message("+14155550330", "v1"), "viewer");
  const refused = await client.next("error", "viewer");
  expect(refused.data).toMatchObject({ code: "FORBIDDEN", clientId: "v1" });
  client.send("dance", {}, "unknown");
  expect((await client.next("error", "unknown")).data["code"]).toBe("VALIDATION_FAILED");
  client.socket.send("{");
  expect((await client.next("error", "")).data["code"]).toBe("MALFORMED_JSON");
  client.send("ping", {});
  await client.next("pong");
  client.socket.close();
});

test("another path does not upgrade", async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${harness.port}/elsewhere`);
  const failure = new Promise<Error>((resolve) => socket.on("error", resolve));
  expect((await failure).message).toContain("404");
});
