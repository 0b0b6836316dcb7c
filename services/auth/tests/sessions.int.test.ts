import { readFile, stat } from "node:fs/promises";
import { Session } from "@rarity/contracts/auth";
import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAuthFixture, type Answer, type AuthFixture } from "./auth-fixture.ts";

let auth: AuthFixture;
beforeAll(async () => {
  auth = await startAuthFixture();
});
afterAll(() => auth.stop());

const password = "correct horse battery";

async function signUp(email: string, organizationName?: string): Promise<Session> {
  const body = { email, password, name: "Ada", organizationName };
  const answer = await auth.call("POST", "/api/auth/sign-up", { body });
  expect(answer.status).toBe(201);
  return Session.parse(answer.body);
}

const refresh = (refreshToken: string, orgId?: string): Promise<Answer> =>
  auth.call("POST", "/api/auth/refresh", { body: { refreshToken, orgId } });

const codeOf = (answer: Answer): unknown =>
  (answer.body as unknown as { error?: { code: string } }).error?.code;

describe("signing up and in", () => {
  it("founds an organization and answers a token that the published keys verify", async () => {
    const session = await signUp("Ada@Example.com", "Analytical Engines");
    expect(session.user).toMatchObject({ email: "ada@example.com", role: "owner" });

    for (const path of ["/api/auth/jwks", "/.well-known/jwks.json"]) {
      const jwks = await auth.call("GET", path);
      const keys = jwks.body as unknown as { keys: { kty: string; d?: string }[] };
      expect(keys.keys).toHaveLength(1);
      expect(keys.keys[0]).not.toHaveProperty("d");
      const { payload, protectedHeader } = await jwtVerify(
        session.accessToken,
        createLocalJWKSet(keys),
        { issuer: auth.issuer, audience: "authenticated", algorithms: ["ES256"] },
      );
      expect(protectedHeader.alg).toBe("ES256");
      expect(payload).toMatchObject({
        sub: session.user.id,
        role: "authenticated",
        app_metadata: { org_id: session.user.orgId, org_role: "owner" },
      });
    }
    const me = await auth.call("GET", "/api/auth/me", { token: session.accessToken });
    expect(me.body).toEqual(session.user);
  });

  it("keeps the private key in a file that only its owner reads", async () => {
    expect((await stat(auth.keyFile)).mode & 0o777).toBe(0o600);
    expect(await readFile(auth.keyFile, "utf8")).toContain('"d":');
  });

  it("refuses an address twice, however it is written", async () => {
    await signUp("twice@example.com");
    const body = { email: "TWICE@example.com", password, name: "Eve" };
    const again = await auth.call("POST", "/api/auth/sign-up", { body });
    expect([again.status, codeOf(again)]).toEqual([409, "CONFLICT"]);
  });

  it("answers the same for a wrong password and for nobody", async () => {
    await signUp("known@example.com");
    const attempt = (email: string): Promise<Answer> =>
      auth.call("POST", "/api/auth/sign-in", { body: { email, password: "wrong" } });
    const [known, unknown] = [
      await attempt("known@example.com"),
      await attempt("nobody@example.com"),
    ];
    expect([known.status, unknown.status]).toEqual([401, 401]);
    const message = ({ body }: Answer): string =>
      (body as unknown as { error: { message: string } }).error.message;
    expect(message(known)).toBe(message(unknown));
  });

  it("slows guessing down for the guesser, not for the person", async () => {
    await signUp("target@example.com");
    const attempt = (secret: string, address: string): Promise<Answer> =>
      auth.call("POST", "/api/auth/sign-in", {
        body: { email: "target@example.com", password: secret },
        address,
      });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await attempt("guess", "198.51.100.7")).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    const refused = await attempt(password, "198.51.100.7");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await attempt(password, "203.0.113.9")).status).toBe(200);
  });

  it("refuses fields it does not know and passwords that are too short", async () => {
    for (const extra of [{ role: "owner" }, { password: "short" }]) {
      const body = { email: "new@example.com", password, name: "N", ...extra };
      const answer = await auth.call("POST", "/api/auth/sign-up", { body });
      expect([answer.status, codeOf(answer)]).toEqual([400, "VALIDATION_FAILED"]);
    }
  });
});

describe("refreshing and signing out", () => {
  it("works once; a second use ends the whole session", async () => {
    const first = await signUp("refresh@example.com", "R");
    const second = Session.parse((await refresh(first.refreshToken)).body);
    expect(second.user).toEqual(first.user);
    expect((await refresh(first.refreshToken)).status).toBe(401);
    expect((await refresh(second.refreshToken)).status).toBe(401);
  });

  it("lets one of many simultaneous uses through, and then trusts none of them", async () => {
    const { refreshToken } = await signUp("race@example.com");
    const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(refreshToken)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const { body } of won) {
      expect((await refresh(Session.parse(body).refreshToken)).status).toBe(401);
    }
  });

  it("moves to another organization of the person, and to no other", async () => {
    const session = await signUp("many@example.com", "One");
    const stranger = await signUp("stranger@example.com", "Theirs");
    const token = session.accessToken;
    const made = await auth.call("POST", "/api/organizations", { body: { name: "Two" }, token });
    expect(made.status).toBe(201);
    const other = (made.body as unknown as { id: string }).id;

    const refused = await refresh(session.refreshToken, stranger.user.orgId ?? "");
    expect([refused.status, codeOf(refused)]).toEqual([403, "FORBIDDEN"]);
    const moved = Session.parse((await refresh(session.refreshToken, other)).body);
    expect(moved.user).toMatchObject({ orgId: other, role: "owner" });
    const stayed = Session.parse((await refresh(moved.refreshToken)).body);
    expect(stayed.user.orgId).toBe(other);
  });

  it("ends with a sign-out", async () => {
    const { refreshToken } = await signUp("leaving@example.com");
    const out = await auth.call("POST", "/api/auth/sign-out", { body: { refreshToken } });
    expect(out.status).toBe(204);
    expect((await refresh(refreshToken)).status).toBe(401);
  });
});
