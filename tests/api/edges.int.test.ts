import { connect } from "node:net";
import { internalRoutes } from "@rarity/contracts/internal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, problemsOf } from "./client.ts";
import { digestTables } from "./digest.ts";
import { operations } from "./operations.ts";
import { seedTenant, type Tenant } from "./seed.ts";
import { internalToken, startWorld, type World } from "./world.ts";

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await startWorld();
  tenant = await seedTenant(world, "edges", "+14155550921");
});
afterAll(() => world.stop());

const byId = Object.fromEntries(operations().map((one) => [one.id, one]));
const sendMessage = byId["sendMessage"]!;
const post = (body: unknown, headers: Record<string, string> = {}) =>
  ask(world.edge, {
    method: "POST",
    path: "/api/messages/send",
    token: tenant.token,
    body,
    headers,
  });
const message = (text: string): object => ({
  to: { identity: { channel: "whatsapp", kind: "phone", value: "+14155550922" } },
  content: { type: "text", text },
});

describe("sending", () => {
  test("a key reused with another body is refused, the first one stays", async () => {
    const headers = { "idempotency-key": "edges-1" };
    const first = await post(message("one"), headers);
    const before = await digestTables(world.admin);
    const other = await post(message("two"), headers);
    expect(problemsOf(other, "IDEMPOTENCY_KEY_REUSED", sendMessage)).toEqual([]);
    const again = await post(message("one"), headers);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    const { "messaging.message": messages } = await digestTables(world.admin);
    expect(messages?.split(" ")[0]).toBe(before["messaging.message"]?.split(" ")[0]);
  });

  test("the same key of another tenant is another key", async () => {
    const other = await seedTenant(world, "edges-other", "+14155550923");
    const headers = { "idempotency-key": "edges-shared" };
    expect((await post(message("one"), headers)).status).toBe(202);
    const theirs = await ask(world.edge, {
      method: "POST",
      path: "/api/messages/send",
      token: other.token,
      body: message("two"),
      headers,
    });
    expect([theirs.status, theirs.headers.get("idempotency-replayed")]).toEqual([202, null]);
  });

  test.each([
    ["a key with a space", { "idempotency-key": "a b" }],
    ["a key of 256 characters", { "idempotency-key": "k".repeat(256) }],
  ])("%s is refused", async (_title, headers) => {
    expect(problemsOf(await post(message("x"), headers), "VALIDATION_FAILED", sendMessage)).toEqual(
      [],
    );
  });

  test("text beyond what the contract takes, and beyond what the channel carries", async () => {
    const before = await digestTables(world.admin);
    const long = await post(message("x".repeat(4097)));
    expect(problemsOf(long, "VALIDATION_FAILED", sendMessage)).toEqual([]);
    await world.admin.query(
      `insert into channels.account (org_id, id, channel, name, state)
       values ($1, gen_random_uuid(), 'instagram', 'insta', 'connected')`,
      [tenant.orgId],
    );
    const instagram = {
      to: { identity: { channel: "instagram", kind: "ig_id", value: "123456" } },
      channels: ["instagram"],
      content: { type: "text", text: "x".repeat(1001) },
    };
    expect(problemsOf(await post(instagram), "TEXT_TOO_LONG", sendMessage)).toEqual([]);
    const after = await digestTables(world.admin);
    expect(after["messaging.message"]).toBe(before["messaging.message"]);
    expect(after["messaging.conversation"]).toBe(before["messaging.conversation"]);
  });

  test("texts of every kind of character arrive as they were written", async () => {
    const text = "\u202Eabc\u{1F469}\u200D\u{1F680} \u0001 ' \" \\ <b> {{x}} \u2028";
    const sent = await post(message(text));
    const { id } = JSON.parse(sent.text) as { id: string };
    const read = await ask(world.edge, { path: `/api/messages/${id}`, token: tenant.token });
    expect(JSON.parse(read.text)).toMatchObject({ content: { text } });
  });
});

describe("inner addresses", () => {
  test.each(internalRoutes.map((route) => [route.method, route.path, route] as const))(
    "%s %s is not on the origin, and closed to everybody's tokens",
    async (method, pattern) => {
      const path = pattern.replace(":id", tenant.ids.account);
      const asked = { method, path, ...(method === "GET" ? {} : { body: {} }) };
      for (const token of [undefined, tenant.token, internalToken]) {
        expect((await ask(world.edge, { ...asked, token })).status).toBe(404);
      }
      for (const origin of Object.values(world.services)) {
        for (const token of [undefined, tenant.token, tenant.narrowKey, "wrong"]) {
          expect([401, 404]).toContain((await ask(origin, { ...asked, token })).status);
        }
      }
    },
  );

  test.each([
    "/api/accounts/../../internal/accounts",
    "/api/accounts/..%2f..%2finternal/accounts",
    "/api/accounts/%2e%2e/%2e%2e/internal/accounts",
    "//internal/accounts",
    "/api/accounts/..\\..\\internal/accounts",
    "/api/accounts;/../internal/accounts",
    "/API/../internal/accounts",
    "/internal/accounts?/api/accounts",
  ])("%s does not lead there", async (target) => {
    const head = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${internalToken}\r\n\r\n`;
    expect(await raw(world.edge, head)).toMatch(/^HTTP\/1\.1 (400|404) /);
  });
});

describe("slow and broken clients", () => {
  const origins = (): [string, string][] => [
    ["edge", world.edge],
    ...Object.entries(world.services),
  ];

  test("who sends headers too slowly is closed, while others are served", async () => {
    const slow = origins().map(([, origin]) =>
      raw(origin, "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: "),
    );
    for (const [, origin] of origins()) {
      expect((await ask(origin, { path: "/livez" })).status).toBe(200);
    }
    for (const said of await Promise.all(slow)) expect(said).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  test("who sends a body too slowly is closed", async () => {
    const head =
      "POST /api/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    expect(await raw(world.services.auth, head)).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  test.each([
    ["no HTTP", "HELLO\r\n\r\n"],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ],
    [
      "length and chunks",
      "POST /api/leads HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a header of 20 KB", `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`],
    [
      "a bad chunk",
      "POST /api/auth/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
  ])("%s is answered with 4xx or closed, and the service goes on", async (_title, bytes) => {
    for (const [, origin] of origins()) {
      expect(await raw(origin, bytes)).toMatch(/^(HTTP\/1\.1 (4\d\d|503) |$)/);
      expect((await ask(origin, { path: "/livez" })).status).toBe(200);
    }
  });

  test("a stranger's body is neither held nor parsed", async () => {
    // The answer comes while ninety-nine of a hundred bytes have not been sent.
    const head =
      "POST /api/leads HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    const said = await firstBytes(world.services.leads, head);
    expect(said).toMatch(/^HTTP\/1\.1 401 /);
    expect(await firstBytes(world.services.leads, head.replace("/api/leads", "/nowhere"))).toMatch(
      /^HTTP\/1\.1 404 /,
    );
  });
});

/** Everything the other side says until it closes. */
function raw(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on("data", (data) => (said += data.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(said));
  });
}

function firstBytes(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once("error", reject);
  });
}
