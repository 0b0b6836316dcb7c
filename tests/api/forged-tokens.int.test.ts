import { createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ask } from "./client.ts";
import { seedTenant, type Tenant } from "./seed.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let tenant: Tenant;
let attacker: Server;
let attackerUrl: string;
let fetched = 0;
const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ownRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ownJwk = { ...own.publicKey.export({ format: "jwk" }), alg: "ES256", kid: "mine" };

beforeAll(async () => {
  world = await startWorld();
  tenant = await seedTenant(world, "forged", "+14155550911");
  attacker = createServer((_request, response) => {
    fetched += 1;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [ownJwk] }));
  });
  await new Promise<void>((resolve) => attacker.listen(0, "127.0.0.1", resolve));
  attackerUrl = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}/jwks`;
});
afterAll(async () => {
  attacker.close();
  await world.stop();
});

const base64 = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const nowS = (): number => Math.floor(Date.now() / 1000);

const claims = (change: object = {}): Record<string, unknown> => ({
  iss: world.issuer,
  aud: "authenticated",
  sub: tenant.userId,
  role: "authenticated",
  iat: nowS(),
  exp: nowS() + 600,
  app_metadata: { org_id: tenant.orgId, org_role: "owner" },
  ...change,
});
const header = (change: object = {}): object => ({
  alg: "ES256",
  typ: "JWT",
  kid: world.signingKey.kid,
  ...change,
});
const es256 = (input: string, key: KeyObject): string =>
  sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");

/** Signed by a key of the attacker, whatever the header says. */
const mine = (head: object, body: unknown = claims()): string => {
  const input = `${base64(head)}.${base64(body)}`;
  return `${input}.${es256(input, own.privateKey)}`;
};
const hmac = (head: object, secret: string | Buffer): string => {
  const input = `${base64(head)}.${base64(claims())}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
};
const unsigned = (head: object, signature = ""): string =>
  `${base64(head)}.${base64(claims())}.${signature}`;
const good = (change: object = {}): Promise<string> => world.sign(claims(change));
const parts = async (): Promise<[string, string, string]> =>
  (await good()).split(".") as [string, string, string];

const publicPem = (): string => {
  const { kty, crv, x, y } = world.signingKey;
  return JSON.stringify({ kty, crv, x, y });
};

const forgeries: Record<string, () => Promise<string> | string> = {
  "alg none": () => unsigned({ alg: "none", typ: "JWT" }),
  "alg None": () => unsigned({ alg: "None" }),
  "alg NONE with a signature": () => unsigned({ alg: "NONE" }, "AAAA"),
  "no alg": () => unsigned({ typ: "JWT" }),
  "alg a number": () => unsigned({ alg: 0 }),
  "HS256 with the public key as secret": () => hmac(header({ alg: "HS256" }), publicPem()),
  "HS256 with an empty secret": () => hmac(header({ alg: "HS256" }), "k".repeat(32)),
  "HS256 with the internal token": () =>
    hmac(header({ alg: "HS256" }), "internal-token-of-the-test"),
  "RS256 by another key": () => {
    const input = `${base64(header({ alg: "RS256" }))}.${base64(claims())}`;
    return `${input}.${sign("sha256", Buffer.from(input), ownRsa.privateKey).toString("base64url")}`;
  },
  "ES384 by name only": () => mine(header({ alg: "ES384" })),
  "another curve": () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const input = `${base64(header())}.${base64(claims())}`;
    return `${input}.${es256(input, privateKey)}`;
  },
  "our kid, another key": () => mine(header()),
  "jwk in the header": () => mine(header({ jwk: ownJwk })),
  "jwk without kid": () => mine({ alg: "ES256", jwk: ownJwk }),
  "jku to the attacker": () => mine(header({ jku: attackerUrl, kid: "mine" })),
  "x5u to the attacker": () => mine(header({ x5u: attackerUrl, kid: "mine" })),
  "x5c in the header": () => mine(header({ x5c: [base64("certificate")] })),
  "kid with a path": () => mine(header({ kid: "../../../../dev/null" })),
  "kid with SQL": () => mine(header({ kid: "' union select 'x' --" })),
  "kid with a URL": () => mine(header({ kid: attackerUrl })),
  "kid of 4 KB": () => mine(header({ kid: "k".repeat(4096) })),
  "unknown kid": () => mine(header({ kid: "mine" })),
  "critical header": () => mine(header({ crit: ["x"], x: 1 })),
  "unencoded payload": () => mine(header({ b64: false, crit: ["b64"] })),
  "another issuer": () => good({ iss: "http://evil.test" }),
  "issuer with a slash more": () => good({ iss: `${world.issuer}/` }),
  "no issuer": () => good({ iss: undefined }),
  "issuer a list": () => good({ iss: [world.issuer] }),
  "another audience": () => good({ aud: "anon" }),
  "no audience": () => good({ aud: undefined }),
  "expired a second ago": () => good({ exp: nowS() - 1 }),
  "no expiry": () => good({ exp: undefined }),
  "expiry as text": () => good({ exp: "9999999999" }),
  "not valid yet": () => good({ nbf: nowS() + 600 }),
  "no subject": () => good({ sub: undefined }),
  "role anon": () => good({ role: "anon" }),
  "role service_role": () => good({ role: "service_role" }),
  "no role": () => good({ role: undefined }),
  "organization that is no id": () =>
    good({ app_metadata: { org_id: "' or true --", org_role: "owner" } }),
  "organization role unheard of": () =>
    good({ app_metadata: { org_id: tenant.orgId, org_role: "root" } }),
  "signature cut off": async () => (await parts()).slice(0, 2).join(".") + ".",
  "signature left out": async () => (await parts()).slice(0, 2).join("."),
  "signature of zeros": async () => {
    const [head, body] = await parts();
    return `${head}.${body}.${Buffer.alloc(64).toString("base64url")}`;
  },
  "claims swapped": async () => {
    const [head, , signature] = await parts();
    const other = { org_id: randomUUID(), org_role: "owner" };
    return `${head}.${base64(claims({ app_metadata: other }))}.${signature}`;
  },
  "one bit of the signature": async () => {
    const [head, body, signature] = await parts();
    const bytes = Buffer.from(signature, "base64url");
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    return `${head}.${body}.${bytes.toString("base64url")}`;
  },
  "signature in DER": async () => {
    const [head, body, signature] = await parts();
    return `${head}.${body}.${Buffer.concat([Buffer.from("3044", "hex"), Buffer.from(signature, "base64url")]).toString("base64url")}`;
  },
  "claims twice": async () => {
    const [head, , signature] = await parts();
    const text = JSON.stringify(claims());
    return `${head}.${base64(`${text.slice(0, -1)},"role":"authenticated"}`)}.${signature}`;
  },
  "claims that are a list": () => mine(header(), []),
  "five parts": async () => `${await good()}.x.y`,
  "a token of another type": () => world.sign(claims(), { typ: "refresh+jwt" }),
  "a refresh token": () => `rlr_${"x".repeat(43)}`,
};

const places = ["/api/auth/me", "/api/leads", "/api/accounts", "/api/conversations"];

test.each(Object.keys(forgeries))("%s opens nothing", async (name) => {
  const token = await forgeries[name]?.();
  for (const path of places) {
    const answer = await ask(world.edge, { path, token });
    expect([path, answer.status]).toEqual([path, 401]);
    expect(answer.text).toContain("UNAUTHENTICATED");
  }
});

test("there are at least thirty of them, and the honest token beside them does open", async () => {
  expect(Object.keys(forgeries).length).toBeGreaterThanOrEqual(30);
  for (const path of places) {
    expect((await ask(world.edge, { path, token: await good() })).status).toBe(200);
  }
});

test("no address named in a token was ever asked", () => {
  expect(fetched).toBe(0);
});

test("what person metadata says about rights is not believed", async () => {
  const token = await good({
    app_metadata: { org_id: tenant.orgId, org_role: "viewer" },
    user_metadata: { org_role: "owner", org_id: tenant.orgId },
    scopes: ["leads:write"],
  });
  const answer = await ask(world.edge, { method: "POST", path: "/api/leads", token, body: {} });
  expect(answer.status).toBe(403);
});

const closeCodeWith = async (token: string): Promise<number> => {
  const socket = new WebSocket(`${world.edge.replace("http", "ws")}/ws`);
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  socket.on("error", () => undefined);
  socket.once("open", () =>
    socket.send(JSON.stringify({ v: 1, type: "auth", id: "1", data: { token } })),
  );
  return closed;
};

test("a socket takes none of them", async () => {
  const codes = await Promise.all(
    Object.entries(forgeries).map(async ([name, forge]) => [
      name,
      await closeCodeWith(await forge()),
    ]),
  );
  expect(codes).toEqual(Object.keys(forgeries).map((name) => [name, 4401]));
});
