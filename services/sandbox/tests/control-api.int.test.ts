import { afterEach, beforeEach, expect, test } from "vitest";
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
])("%s %s with %j is refused as invalid", async (method, path, body, status) => {
  const answer = await request(sandbox, method, path, body);
  expect(answer).toEqual({ status, body: refusal("VALIDATION_FAILED") });
});

test.each([
  ["GET", "/api/phones/15559999999", undefined, 404, "NOT_FOUND"],
  ["GET", "/api/nothing", undefined, 404, "NOT_FOUND"],
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
  expect(text).toContain("whatsapp_sandbox_phones 2\n");
});

test("the description names every address", async () => {
  const { paths } = await call<{ paths: Record<string, object> }>(sandbox, "GET", "/openapi.json");
  expect(Object.keys(paths["/api/phones/{phone}"] ?? {})).toEqual(["get", "patch"]);
  expect(paths["/api/phones/{phone}/send"]).toMatchObject({
    post: { requestBody: { required: true }, parameters: [{ name: "phone", in: "path" }] },
  });
});

test("the page comes with a policy that keeps foreign code out", async () => {
  const page = await fetch(sandbox.url);
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  const script = await (await fetch(`${sandbox.url}/page.js`)).text();
  expect(script).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write/);
});
