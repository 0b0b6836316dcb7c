import { waitFor } from "@rarity/platform/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHarness, type Answer, type Harness, type Tenant } from "./harness.ts";

let harness: Harness;
let tenant: Tenant;
beforeAll(async () => {
  harness = await startHarness();
  tenant = await harness.createTenant();
});
afterAll(() => harness.stop());

const bodyFor = (phone: string, text = "hello"): object => ({
  to: { identity: { channel: "whatsapp", kind: "phone", value: phone } },
  content: { type: "text", text },
});

const send = (body: object, key?: string, path = "/api/messages/send"): Promise<Answer> =>
  harness.call(path, {
    token: tenant.token,
    body,
    headers: key === undefined ? {} : { "idempotency-key": key },
  });

const read = (id: unknown, token = tenant.token): Promise<Answer> =>
  harness.call(`/api/messages/${String(id)}`, { token });

test("an accepted message is stored, queued and explains why it waits", async () => {
  const sent = await send(bodyFor("+14155550101"));
  expect(sent).toMatchObject({ status: 202, body: { status: "accepted" } });
  const queued = await waitFor(async () => {
    const { body } = await read(sent.body["id"]);
    return body["status"] === "queued" && body;
  });
  expect(queued).toMatchObject({
    content: { type: "text", text: "hello" },
    priority: "opener",
    seq: 1,
    attempts: [],
    history: [
      { status: "accepted", source: "api" },
      { status: "queued", source: "api" },
    ],
    waiting: { reason: "IN_QUEUE" },
  });
});

test("one key stores one message, however often and at once it is sent", async () => {
  const body = bodyFor("+14155550102");
  const answers = await Promise.all(Array.from({ length: 30 }, () => send(body, "once")));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
  expect(new Set(answers.map((answer) => answer.body["id"])).size).toBe(1);
  const replays = answers.filter((answer) => answer.headers.get("idempotency-replayed") === "true");
  expect(replays).toHaveLength(29);
  const other = await send(bodyFor("+14155550102", "something else"), "once");
  expect(other).toMatchObject({ status: 422, body: { error: { code: "IDEMPOTENCY_KEY_REUSED" } } });
});

test("a dry run stores nothing", async () => {
  const path = "/api/messages/send?dryRun=true";
  const { body } = await send(bodyFor("+14155550103"), undefined, path);
  expect(body).toMatchObject({ dryRun: true, wouldSend: true, accountId: tenant.accountId });
  const { rows } = await harness.admin.query(
    "select 1 from messaging.conversation where recipient_value = '+14155550103'",
  );
  expect(rows).toEqual([]);
});

test("another organization sees nothing of it", async () => {
  const other = await harness.createTenant();
  const sent = await send(bodyFor("+14155550104"));
  expect((await read(sent.body["id"])).status).toBe(200);
  expect((await read(sent.body["id"], other.token)).status).toBe(404);
  const stolen = await harness.call("/api/messages/send", {
    token: other.token,
    body: { ...bodyFor("+14155550105"), accountId: tenant.accountId },
  });
  expect(stolen).toMatchObject({ status: 422, body: { error: { code: "ACCOUNT_NOT_FOUND" } } });
  const list = await harness.call("/api/conversations", { token: other.token });
  expect(list.body["data"]).toEqual([]);
});

test("a viewer may read and not send", async () => {
  const viewer = harness.tokenFor(tenant.orgId, { role: "viewer" });
  const refused = await harness.call("/api/messages/send", {
    token: viewer,
    body: bodyFor("+14155550106"),
  });
  expect(refused).toMatchObject({ status: 403, body: { error: { code: "FORBIDDEN" } } });
  expect((await harness.call("/api/conversations", { token: viewer })).status).toBe(200);
});

test("a cancelled message leaves the queue, and cannot be resolved", async () => {
  const sent = await send({ ...bodyFor("+14155550107"), sendAt: "2030-01-01T00:00:00Z" });
  const path = `/api/messages/${String(sent.body["id"])}`;
  const cancelled = await harness.call(`${path}/cancel`, { token: tenant.token, method: "POST" });
  expect(cancelled).toMatchObject({ status: 200, body: { status: "cancelled" } });
  expect((await read(sent.body["id"])).body["waiting"]).toBeNull();
  const resolved = await harness.call(`${path}/resolve`, {
    token: tenant.token,
    body: { decision: "mark_sent" },
  });
  expect(resolved).toMatchObject({ status: 409, body: { error: { code: "CONFLICT" } } });
});

test("a dead letter is listed, read, retried once and its message is queued again", async () => {
  const sent = await send(bodyFor("+14155550108"));
  const id = String(sent.body["id"]);
  await harness.admin.query("delete from messaging.send_queue where message_id = $1", [id]);
  await harness.admin.query("select messaging.bury($1, $2, $3)", [
    tenant.orgId,
    id,
    JSON.stringify({ class: "content", code: "BAD", message: "refused" }),
  ]);
  const { token } = tenant;
  const list = await harness.call("/api/dead-letters?state=open", { token });
  expect(list.body["data"]).toMatchObject([{ messageId: id, error: { code: "BAD" } }]);
  const [{ id: letterId } = { id: "" }] = list.body["data"] as { id: string }[];
  const path = `/api/dead-letters/${letterId}`;
  expect((await harness.call(path, { token })).body).toMatchObject({ id: letterId, attempts: [] });
  const retried = await harness.call(`${path}/retry`, { token, method: "POST" });
  expect(retried).toMatchObject({ status: 202, body: { id, status: "queued" } });
  const again = await harness.call(`${path}/discard`, { token, method: "POST" });
  expect(again.status).toBe(409);
});

test("the queue depth is for the platform only and counts this account's work", async () => {
  const path = "/internal/queue-depth";
  expect((await harness.call(path, { token: tenant.token })).status).toBe(401);
  await send(bodyFor("+14155550109"));
  const { body } = await harness.call(path, { token: harness.internalToken });
  const accounts = body["accounts"] as { accountId: string; ready: number }[];
  const mine = accounts.find(({ accountId }) => accountId === tenant.accountId);
  expect(mine?.ready).toBeGreaterThan(0);
  const metrics = await harness.call("/metrics");
  expect(String(metrics.body["text"])).toMatch(/rarity_queue_messages\{.*state="ready".*\} [1-9]/);
});
