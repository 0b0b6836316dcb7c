import { randomUUID } from "node:crypto";
import { createLogger } from "@rarity/platform/logger";
import { createPool, type Pool } from "@rarity/platform/postgres";
import { testDatabase, type TestDatabase } from "@rarity/platform/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAccounts } from "./start-accounts.ts";
import { startFakeNeighbours, type FakeNeighbours } from "./testing/fake-neighbours.ts";

const internalToken = "internal-token-of-the-test";
const [orgA, orgB] = [randomUUID(), randomUUID()];

let database: TestDatabase;
let admin: Pool;
let neighbours: FakeNeighbours;
let url: string;
const stops: (() => Promise<void> | void)[] = [];

interface Answer {
  status: number;
  body: Record<string, never> & { data?: { id: string }[]; accounts?: { id: string }[] };
}

const call = async (
  method: string,
  path: string,
  { token, body }: { token: string; body?: unknown },
): Promise<Answer> => {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    body: (text === "" ? {} : JSON.parse(text)) as Answer["body"],
  };
};

const asManager = async (orgId: string): Promise<string> => neighbours.tokenFor(orgId, "manager");

const create = async (orgId: string, name: string): Promise<Answer> =>
  call("POST", "/api/accounts", { token: await asManager(orgId), body: { name } });

beforeAll(async () => {
  database = await testDatabase();
  admin = createPool({
    connectionString: database.adminUrl,
    applicationName: "test",
    max: 1,
    logger: createLogger({ service: "test", level: "silent" }),
  });
  neighbours = await startFakeNeighbours();
  const server = await startAccounts({
    config: {
      HOST: "127.0.0.1",
      PORT: 0,
      LOG_LEVEL: "silent",
      DATABASE_URL: database.urlFor("rarity_accounts"),
      DATABASE_POOL_MAX: 3,
      TENANT_SEAL_KEY: database.sealKey,
      INTERNAL_TOKEN: internalToken,
      AUTH_ISSUER: "http://issuer.test",
      AUTH_AUDIENCE: "authenticated",
      AUTH_JWKS_URL: `${neighbours.url}/jwks`,
      AUTH_URL: neighbours.url,
      OPERATOR_URL: neighbours.url,
      ACCOUNT_NAMESPACE: "default",
    },
    logger: createLogger({ service: "accounts", level: "silent" }),
    scope: { onStop: (_name, stop) => stops.push(stop), ready: () => true },
  });
  ({ url } = server);
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
  await neighbours.close();
  await admin.end();
  await database.drop();
});

describe("accounts", () => {
  it("writes a resource and a row, and shows both", async () => {
    const created = await create(orgA, "sales");
    expect(created).toMatchObject({
      status: 201,
      body: { name: "sales", state: "pending", replicas: { desired: 1, ready: 1 } },
    });
    const [resource] = [...neighbours.resources.values()];
    expect(resource?.spec).toMatchObject({
      orgId: orgA,
      pairing: { method: "QR" },
      deletionPolicy: "Delete",
    });
    expect((await create(orgA, "sales")).status).toBe(409);
    expect((await create(orgB, "sales")).status).toBe(201);
  });

  it("keeps nothing when the operator is away", async () => {
    neighbours.isOperatorDown = true;
    expect((await create(orgA, "later")).status).toBe(503);
    neighbours.isOperatorDown = false;
    expect((await create(orgA, "later")).status).toBe(201);
  });

  it("shows an organization its own accounts only, page by page", async () => {
    const token = await asManager(orgA);
    const all = await call("GET", "/api/accounts", { token });
    expect(all.body.data).toHaveLength(2);
    const first = await call("GET", "/api/accounts?limit=1", { token });
    const { next } = (first.body as unknown as { page: { next: string } }).page;
    const second = await call("GET", `/api/accounts?limit=1&after=${next}`, { token });
    expect([...(first.body.data ?? []), ...(second.body.data ?? [])]).toEqual(all.body.data);
    const foreign = all.body.data?.[0]?.id ?? "";
    const other = await asManager(orgB);
    expect((await call("GET", `/api/accounts/${foreign}`, { token: other })).status).toBe(404);
    expect((await call("POST", `/api/accounts/${foreign}/pause`, { token: other })).status).toBe(
      404,
    );
  });

  it("pauses in the resource and in the row, and refuses a viewer", async () => {
    const token = await asManager(orgA);
    const id = (await call("GET", "/api/accounts", { token })).body.data?.[0]?.id ?? "";
    const viewer = await neighbours.tokenFor(orgA, "viewer");
    expect((await call("POST", `/api/accounts/${id}/pause`, { token: viewer })).status).toBe(403);
    const paused = await call("POST", `/api/accounts/${id}/pause`, { token });
    expect(paused).toMatchObject({ status: 202, body: { paused: true } });
    const resource = [...neighbours.resources.values()].find((one) => one.spec.accountId === id);
    expect(resource?.spec["paused"]).toBe(true);
  });

  it("asks for a pairing, which the operator then sees", async () => {
    const token = await asManager(orgA);
    const id = (await call("GET", "/api/accounts", { token })).body.data?.[0]?.id ?? "";
    const body = { method: "Code", phone: "+4915112345678" };
    const asked = await call("POST", `/api/accounts/${id}/pairing`, { token, body });
    expect(asked).toMatchObject({ status: 202, body: { state: "requested", method: "Code" } });
    const runtimes = await call("GET", "/internal/accounts", { token: internalToken });
    const runtime = runtimes.body.accounts?.find((account) => account.id === id);
    expect(runtime).toMatchObject({ orgId: orgA, paired: false });
    expect(runtime).toHaveProperty("pairingRequestedAt", expect.any(String));
  });

  it("leaves an offer that is still good where it is", async () => {
    const token = await asManager(orgA);
    const id = String((await create(orgA, "offered")).body["id"]);
    const ask = async (body: object): Promise<Answer> =>
      call("POST", `/api/accounts/${id}/pairing`, { token, body });
    await ask({ method: "QR" });
    await admin.query(
      `update channels.pairing set state = 'waiting', qr = 'qr-text', expires_at = now() + interval '20 s'
       where account_id = $1`,
      [id],
    );
    expect(await ask({ method: "QR" })).toMatchObject({
      body: { state: "waiting", qr: "qr-text" },
    });
    const other = await ask({ method: "Code", phone: "+4915112345678" });
    expect(other).toMatchObject({ body: { state: "requested", method: "Code", qr: null } });
  });

  it("reports every limit window", async () => {
    const token = await asManager(orgA);
    const id = (await call("GET", "/api/accounts", { token })).body.data?.[0]?.id ?? "";
    const limits = { perMinute: 7 };
    expect((await call("PATCH", `/api/accounts/${id}`, { token, body: { limits } })).status).toBe(
      200,
    );
    const report = await call("GET", `/api/accounts/${id}/limits`, { token });
    const { windows } = report.body as unknown as { windows: { name: string }[] };
    expect(windows.find((window) => window.name === "minute")).toMatchObject({
      cap: 7,
      used: 0,
      remaining: 7,
    });
  });

  it("deletes the resource and hides the row", async () => {
    const token = await asManager(orgB);
    const id = (await call("GET", "/api/accounts", { token })).body.data?.[0]?.id ?? "";
    expect((await call("DELETE", `/api/accounts/${id}`, { token })).status).toBe(204);
    expect([...neighbours.resources.values()].some((one) => one.spec.accountId === id)).toBe(false);
    expect((await call("GET", `/api/accounts/${id}`, { token })).status).toBe(404);
  });
});

describe("the operator's routes", () => {
  const id = randomUUID();
  const body = { orgId: orgA, name: "by-yaml", displayName: "By YAML", channel: "whatsapp" };
  const ensure = async (change: object = {}): Promise<Answer> =>
    call("PUT", `/internal/accounts/${id}`, { token: internalToken, body: { ...body, ...change } });

  it("makes a row once, and changes it as the resource says", async () => {
    expect((await ensure()).status).toBe(200);
    expect((await ensure({ paused: true, limits: { perDay: 50 } })).status).toBe(200);
    const token = await asManager(orgA);
    expect(await call("GET", `/api/accounts/${id}`, { token })).toMatchObject({
      body: { displayName: "By YAML", paused: true, limits: { perDay: 50 } },
    });
  });

  it("ends a session: nothing linked is done at once, a linked device waits for its process", async () => {
    const end = async (what: string): Promise<Answer> =>
      call("POST", `/internal/accounts/${id}/${what}`, {
        token: internalToken,
        body: { orgId: orgA, reason: "account_deleted" },
      });
    const creds = `insert into channels.session_creds (org_id, account_id, key_version, wrapped_key, blob)
      values ($1, $2, 'v1', '', '')`;
    expect(await end("logout")).toMatchObject({ status: 200, body: { done: true } });
    await admin.query(creds, [orgA, id]);
    expect(await end("logout")).toMatchObject({ body: { done: false } });
    const token = await asManager(orgA);
    const pairing = await call("POST", `/api/accounts/${id}/pairing`, { token, body: {} });
    expect(pairing.status).toBe(409);
    const listed = await call("GET", "/internal/accounts", { token: internalToken });
    expect(listed.body.accounts?.find((one) => one.id === id)).toHaveProperty(
      "logoutRequestedAt",
      expect.any(String),
    );
    expect(await end("erase-session")).toMatchObject({ body: { done: true } });
    expect(await end("logout")).toMatchObject({ body: { done: true } });
    expect(await call("GET", `/api/accounts/${id}`, { token })).toMatchObject({
      body: { state: "logged_out", reason: "account_deleted", logoutRequestedAt: null },
    });
    const unknown = await call("POST", `/internal/accounts/${randomUUID()}/logout`, {
      token: internalToken,
      body: { orgId: orgA, reason: "account_deleted" },
    });
    expect(unknown).toMatchObject({ status: 200, body: { done: true } });
  });

  it("refuses a name that is taken, and callers without the token", async () => {
    const path = `/internal/accounts/${randomUUID()}`;
    expect((await call("PUT", path, { token: internalToken, body })).status).toBe(409);
    expect((await call("PUT", path, { token: "no", body })).status).toBe(401);
    expect((await call("GET", "/internal/accounts", { token: "no" })).status).toBe(401);
  });
});
