import { mediaKindMaxBytes } from "@rarity/contracts/media";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHarness, type Harness, type Tenant } from "./harness.ts";

let harness: Harness;
let tenant: Tenant;
beforeAll(async () => {
  harness = await startHarness();
  tenant = await harness.createTenant();
});
afterAll(() => harness.stop());

const sendTo = async (phone: string, text: string): Promise<string> => {
  const identity = { channel: "whatsapp", kind: "phone", value: phone };
  const { body } = await harness.call("/api/messages/send", {
    token: tenant.token,
    body: { to: { identity }, content: { type: "text", text } },
  });
  return String(body["conversationId"]);
};

const get = async (path: string): Promise<Record<string, unknown>> =>
  (await harness.call(path, { token: tenant.token })).body;

const idsOf = (page: Record<string, unknown>): string[] =>
  (page["data"] as { id: string }[]).map(({ id }) => id);

test("the list walks forth and back without losing or repeating a conversation", async () => {
  const made: string[] = [];
  for (const digit of [1, 2, 3, 4, 5]) made.unshift(await sendTo(`+1415555020${digit}`, "hi"));
  const first = await get("/api/conversations?limit=2");
  expect(idsOf(first)).toEqual(made.slice(0, 2));
  expect(first).toMatchObject({ data: [{ lastMessage: { content: { text: "hi" } } }, {}] });
  const { next } = first["page"] as { next: string };
  const second = await get(`/api/conversations?limit=2&after=${next}`);
  expect(idsOf(second)).toEqual(made.slice(2, 4));
  const { prev } = second["page"] as { prev: string };
  expect(idsOf(await get(`/api/conversations?limit=2&before=${prev}`))).toEqual(made.slice(0, 2));
  const bad = await harness.call("/api/conversations?after=nonsense", { token: tenant.token });
  expect(bad).toMatchObject({ status: 400, body: { error: { code: "VALIDATION_FAILED" } } });
});

test("messages come newest last, older ones by the cursor", async () => {
  let id = "";
  for (const text of ["one", "two", "three"]) id = await sendTo("+14155550210", text);
  const texts = (detail: Record<string, unknown>): unknown[] =>
    (detail["messages"] as { data: { content: { text: string } }[] }).data.map(
      ({ content }) => content.text,
    );
  const newest = await get(`/api/conversations/${id}?limit=2`);
  expect(texts(newest)).toEqual(["two", "three"]);
  const { prev, next } = (newest["messages"] as { page: { prev: string; next: unknown } }).page;
  expect(next).toBeNull();
  expect(texts(await get(`/api/conversations/${id}?limit=2&before=${prev}`))).toEqual(["one"]);
});

test("a reply goes to the same person in the first lane, once for one key", async () => {
  const id = await sendTo("+14155550220", "hello");
  const reply = (): ReturnType<Harness["call"]> =>
    harness.call(`/api/conversations/${id}/reply`, {
      token: tenant.token,
      body: { content: { type: "text", text: "answer" } },
      headers: { "idempotency-key": "reply-1" },
    });
  const [one, two] = [await reply(), await reply()];
  expect(one).toMatchObject({ status: 202, body: { conversationId: id } });
  expect(two.body["id"]).toBe(one.body["id"]);
  const message = await get(`/api/messages/${String(one.body["id"])}`);
  expect(message).toMatchObject({ priority: "reply", seq: 2 });
});

test("reading and typing need a conversation of one's own", async () => {
  const id = await sendTo("+14155550230", "hello");
  const { token } = tenant;
  const read = await harness.call(`/api/conversations/${id}/read`, { token, method: "POST" });
  expect(read).toMatchObject({ status: 200, body: { id, unreadCount: 0, readSeq: 1 } });
  const typing = await harness.call(`/api/conversations/${id}/typing`, { token, method: "POST" });
  expect(typing.status).toBe(204);
  const stranger = await harness.createTenant();
  const refused = await harness.call(`/api/conversations/${id}/read`, {
    token: stranger.token,
    method: "POST",
  });
  expect(refused.status).toBe(404);
});

test("media is kept as it was, and bytes that lie about their type are refused", async () => {
  const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
  const upload = (bytes: Buffer, type: string): ReturnType<Harness["call"]> =>
    harness.call("/api/media", {
      token: tenant.token,
      body: bytes,
      headers: { "content-type": type },
    });
  const stored = await upload(png, "image/png");
  expect(stored).toMatchObject({ status: 201, body: { sizeBytes: 16, contentType: "image/png" } });
  const path = `/api/media/${String(stored.body["id"])}`;
  const response = await fetch(`${harness.url}${path}`, {
    headers: { authorization: `Bearer ${tenant.token}` },
  });
  expect(Buffer.from(await response.arrayBuffer())).toEqual(png);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("content-disposition")).toBe("attachment");
  expect(response.headers.get("content-security-policy")).toContain("sandbox");
  expect(await upload(png, "image/jpeg")).toMatchObject({ status: 422 });
  expect(await upload(Buffer.from("a note"), "text/plain")).toMatchObject({ status: 201 });
  expect(await upload(Buffer.from("<html>"), "text/html")).toMatchObject({ status: 415 });
  const bomb = Buffer.from("89504e470d0a1a0a0000000d494844520000ffff0000ffff08", "hex");
  expect(await upload(bomb, "image/png")).toMatchObject({ status: 422 });
  const large = Buffer.concat([png, Buffer.alloc(mediaKindMaxBytes.image)]);
  expect(await upload(large, "image/png")).toMatchObject({
    status: 413,
    body: { error: { details: { maxBytes: mediaKindMaxBytes.image } } },
  });
  const other = await harness.createTenant();
  expect((await harness.call(path, { token: other.token })).status).toBe(404);
});
