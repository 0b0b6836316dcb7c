import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Sandbox } from "../src/sandbox.ts";
import { addPhone, call, LEAD, request, SALES, startTestSandbox } from "./control.ts";

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startTestSandbox();
  await addPhone(sandbox, SALES, "Sales");
  await addPhone(sandbox, LEAD, "Lead");
});

afterEach(() => sandbox.close());

const refusal = (code: string): unknown => ({
  error: {
    code,
    message: expect.any(String) as unknown,
    details: expect.any(Object) as unknown,
    requestId: expect.stringMatching(/^[\da-f-]{36}$/) as unknown,
    retryable: expect.any(Boolean) as unknown,
  },
});

const send = `/api/phones/${LEAD}/send`;

test.each([
  ["POST", "/api/phones", { phone: "15550001009", name: "x", colour: "red" }, 400],
  ["POST", "/api/phones", { phone: "not a number", name: "x" }, 400],
  ["GET", "/api/ledger?colour=red", undefined, 400],
  ["POST", send, { to: SALES }, 400],
  ["POST", send, { to: SALES, text: "a", reaction: { emoji: "x", targetId: "y" } }, 400],
  ["POST", "/api/faults", { kind: "unheard_of" }, 400],
  ["POST", "/api/faults", { kind: "ack_late", delayMs: -1 }, 400],
  ["PATCH", `/api/phones/${LEAD}`, { lidMigrated: false }, 400],
  ["POST", `/api/phones/${LEAD}/scan`, { qr: "not a QR" }, 400],
  ["POST", `/api/phones/${LEAD}/enter-code`, { code: "short" }, 400],
  ["GET", "/api/events?after=-1", undefined, 400],
])("%s %s with %j is refused as invalid", async (method, path, body, status) => {
  const answer = await request(sandbox, method, path, body);
  expect(answer).toEqual({ status, body: refusal("VALIDATION_FAILED") });
});

test.each([
  ["GET", "/api/phones/15559999999", undefined, 404, "NOT_FOUND"],
  ["GET", "/api/nothing", undefined, 404, "NOT_FOUND"],
  ["PUT", "/api/phones", undefined, 405, "METHOD_NOT_ALLOWED"],
  ["DELETE", "/api/phones/15559999999", undefined, 404, "NOT_FOUND"],
  ["POST", send, { to: SALES, text: "x", quotedId: "unknown" }, 404, "NOT_FOUND"],
  ["POST", `/api/phones/${SALES}/unlink`, { device: 1 }, 404, "NOT_FOUND"],
  ["POST", "/api/phones", { phone: SALES, name: "again" }, 409, "CONFLICT"],
  ["POST", `/api/phones/${SALES}/scan`, { qr: "#a,b,c,d" }, 409, "CONFLICT"],
  ["POST", `/api/phones/${SALES}/enter-code`, { code: "ABCD-EFGH" }, 409, "CONFLICT"],
])("%s %s with %j answers %i %s", async (method, path, body, status, code) => {
  const answer = await request(sandbox, method, path, body);
  expect(answer).toEqual({ status, body: refusal(code) });
});

test("a body that is not JSON is refused in the envelope", async () => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${sandbox.url}/api/phones`, { method: "POST", headers, body: "{" });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual(refusal("MALFORMED_JSON"));
});

test("events can be waited for", async () => {
  type Events = { data: { type: string; phone: string }[]; last: number };
  const { last } = await call<Events>(sandbox, "GET", "/api/events");
  const waiting = call<Events>(sandbox, "GET", `/api/events?after=${last}&wait=20`);
  await addPhone(sandbox, "15550009002", "Another");
  expect((await waiting).data).toMatchObject([{ type: "phone_created", phone: "15550009002" }]);
  const none = await call<Events>(sandbox, "GET", `/api/events?after=${last + 1}&wait=0.05`);
  expect(none).toEqual({ data: [], last: last + 1 });
});

test("a reset forgets the phones and keeps the keys", async () => {
  const before = await call(sandbox, "GET", "/api/info");
  await call(sandbox, "POST", send, { to: SALES, text: "gone soon" });
  await call(sandbox, "POST", "/api/faults", { kind: "ack_lost" });
  await call(sandbox, "POST", "/api/reset");
  for (const path of ["/api/phones", "/api/faults", "/api/ledger"]) {
    expect(await call(sandbox, "GET", path)).toEqual({ data: [] });
  }
  expect(await call(sandbox, "GET", "/api/info")).toEqual(before);
  await addPhone(sandbox, SALES, "Sales");
});

test("metrics count what is there", async () => {
  const text = await (await fetch(`${sandbox.url}/metrics`)).text();
  expect(text).toContain('whatsapp_sandbox_phones{service="sandbox"} 2\n');
});

test("the description names every address", async () => {
  const { paths } = await call<{ paths: Record<string, object> }>(
    sandbox,
    "GET",
    "/api/openapi.json",
  );
  expect(Object.keys(paths["/api/phones/{phone}"] ?? {})).toEqual(["get", "patch", "delete"]);
  expect(paths["/api/phones/{phone}/send"]).toMatchObject({
    post: { requestBody: { required: true }, parameters: [{ name: "phone", in: "path" }] },
  });
});

test("the page comes with a policy that keeps foreign code out", async () => {
  const page = await fetch(sandbox.url);
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
});

test("the description that is served is the one in the repository", async () => {
  const file = await readFile(new URL("../openapi.json", import.meta.url), "utf8");
  expect(await call(sandbox, "GET", "/api/openapi.json")).toEqual(JSON.parse(file));
});

test("whoever asks for it gets errors as problem documents", async () => {
  const headers = { accept: "application/problem+json" };
  const response = await fetch(`${sandbox.url}/api/phones/15559999999`, { headers });
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(await response.json()).toMatchObject({ status: 404, code: "NOT_FOUND" });
});

test("a phone that is thrown away is gone, its chats too, and can be made again", async () => {
  await call(sandbox, "POST", send, { to: SALES, text: "gone soon" });
  expect(await request(sandbox, "DELETE", `/api/phones/${LEAD}`)).toMatchObject({ status: 204 });
  expect(await request(sandbox, "GET", `/api/phones/${LEAD}`)).toMatchObject({ status: 404 });
  await addPhone(sandbox, LEAD, "Lead");
  expect(await call(sandbox, "GET", `/api/phones/${LEAD}/chats`)).toEqual({ data: [] });
});

test("the list of chats says what is new", async () => {
  await call(sandbox, "POST", send, { to: SALES, text: "one" });
  await call(sandbox, "POST", send, { to: SALES, text: "two" });
  await vi.waitFor(async () => {
    const { data } = await call<{ data: object[] }>(sandbox, "GET", `/api/phones/${SALES}/chats`);
    expect(data).toMatchObject([
      { peer: LEAD, name: "Lead", unread: 2, messages: 2, last: { text: "two", fromMe: false } },
    ]);
  }, 20_000);
  await call(sandbox, "POST", `/api/phones/${SALES}/read`, { chat: LEAD });
  const { data } = await call<{ data: object[] }>(sandbox, "GET", `/api/phones/${SALES}/chats`);
  expect(data).toMatchObject([{ unread: 0 }]);
  const newest = `/api/phones/${SALES}/chats/${LEAD}/messages?limit=1`;
  expect(await call(sandbox, "GET", newest)).toMatchObject({ data: [{ text: "two" }] });
});

test("more faults than the sandbox holds are refused", async () => {
  const fault = { kind: "ack_lost", account: SALES, count: 1 } as const;
  for (let n = 0; n < 1000; n++) sandbox.world.faults.add(fault);
  const answer = await request(sandbox, "POST", "/api/faults", fault);
  expect(answer).toEqual({ status: 409, body: refusal("CONFLICT") });
});
