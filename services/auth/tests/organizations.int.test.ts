import { ApiKey, CreatedApiKey, Member, Session } from "@rarity/contracts/auth";
import { VerifiedApiKey } from "@rarity/contracts/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { internalToken, startAuthFixture, type Answer, type AuthFixture } from "./auth-fixture.ts";

let auth: AuthFixture;
let owner: Session;
let stranger: Session;
beforeAll(async () => {
  auth = await startAuthFixture();
  owner = await signUp("owner@example.com", "Ours");
  stranger = await signUp("stranger@example.com", "Theirs");
});
afterAll(() => auth.stop());

const password = "correct horse battery";

async function signUp(email: string, organizationName?: string): Promise<Session> {
  const body = { email, password, name: email.split("@")[0], organizationName };
  return Session.parse((await auth.call("POST", "/api/auth/sign-up", { body })).body);
}

/** Tokens carry the role of their making, so a changed role needs a new one. */
async function signInTo(email: string, orgId: string | null): Promise<string> {
  const signedIn = await auth.call("POST", "/api/auth/sign-in", { body: { email, password } });
  const body = { refreshToken: Session.parse(signedIn.body).refreshToken, orgId };
  return Session.parse((await auth.call("POST", "/api/auth/refresh", { body })).body).accessToken;
}

async function createKey(token: string, scopes: string[], more: object = {}): Promise<Answer> {
  return auth.call("POST", "/api/api-keys", { token, body: { name: "k", scopes, ...more } });
}

async function verify(key: string): Promise<VerifiedApiKey> {
  const body = { key };
  const answer = await auth.call("POST", "/internal/api-keys/verify", {
    body,
    token: internalToken,
  });
  expect(answer.status).toBe(200);
  return VerifiedApiKey.parse(answer.body);
}

describe("API keys", () => {
  it("are shown once, verified for the platform only, and work on the API", async () => {
    const made = await createKey(owner.accessToken, ["org:read", "leads:read"]);
    expect(made.status).toBe(201);
    const { key, ...shown } = CreatedApiKey.parse(made.body);
    expect(await verify(key)).toMatchObject({
      valid: true,
      keyId: shown.id,
      orgId: owner.user.orgId,
      userId: owner.user.id,
      scopes: ["org:read", "leads:read"],
    });
    const listed = await auth.call("GET", "/api/api-keys", { token: owner.accessToken });
    const keys = z.strictObject({ data: z.array(ApiKey) }).parse(listed.body).data;
    expect(keys.map(({ id }) => id)).toContain(shown.id);
    expect(JSON.stringify(listed.body)).not.toContain(key);

    expect((await auth.call("GET", "/api/members", { token: key })).status).toBe(200);
    expect((await auth.call("GET", "/api/api-keys", { token: key })).status).toBe(403);
    expect((await auth.call("GET", "/api/auth/me", { token: key })).status).toBe(403);

    const outside = { body: { key }, token: owner.accessToken };
    expect((await auth.call("POST", "/internal/api-keys/verify", outside)).status).toBe(401);
  });

  it("are invalid when one character differs, when made up, and after revocation", async () => {
    const { key, id } = CreatedApiKey.parse(
      (await createKey(owner.accessToken, ["leads:read"])).body,
    );
    const changed = key.slice(0, -2) + (key.at(-2) === "A" ? "B" : "A") + key.slice(-1);
    expect((await verify(changed)).valid).toBe(false);
    expect((await verify(`rlk_${"x".repeat(43)}`)).valid).toBe(false);
    expect((await verify("nonsense")).valid).toBe(false);

    const path = `/api/api-keys/${id}`;
    expect((await auth.call("DELETE", path, { token: stranger.accessToken })).status).toBe(404);
    expect((await verify(key)).valid).toBe(true);
    expect((await auth.call("DELETE", path, { token: owner.accessToken })).status).toBe(204);
    expect((await verify(key)).valid).toBe(false);
  });

  it("are listed to their organization only", async () => {
    await createKey(owner.accessToken, ["leads:read"]);
    const theirs = await auth.call("GET", "/api/api-keys", { token: stranger.accessToken });
    expect(theirs.body).toEqual({ data: [] });
  });

  it("shrink with their maker's role and end when the maker leaves", async () => {
    const maker = await signUp("maker@example.com");
    const body = { email: "maker@example.com", role: "admin" };
    await auth.call("POST", "/api/members", { token: owner.accessToken, body });
    const token = await signInTo("maker@example.com", owner.user.orgId);
    const { key } = CreatedApiKey.parse(
      (await createKey(token, ["leads:read", "leads:write", "keys:write"])).body,
    );
    const path = `/api/members/${maker.user.id}`;
    const demoted = { token: owner.accessToken, body: { role: "viewer" } };
    expect((await auth.call("PATCH", path, demoted)).status).toBe(200);
    expect((await verify(key)).scopes).toEqual(["leads:read"]);
    await auth.call("DELETE", path, { token: owner.accessToken });
    expect((await verify(key)).valid).toBe(false);
  });

  it("never do more than the key that made them", async () => {
    const { key } = CreatedApiKey.parse(
      (await createKey(owner.accessToken, ["keys:write", "leads:read"])).body,
    );
    expect((await createKey(key, ["leads:write"])).status).toBe(403);
    expect((await createKey(key, ["leads:read"])).status).toBe(201);
  });
});

describe("members", () => {
  it("are added by e-mail, once, and seen by their organization only", async () => {
    await signUp("rep@example.com");
    const add = (email: string): Promise<Answer> =>
      auth.call("POST", "/api/members", {
        token: owner.accessToken,
        body: { email, role: "rep" },
      });
    expect(Member.parse((await add("rep@example.com")).body).role).toBe("rep");
    expect((await add("rep@example.com")).status).toBe(409);
    expect((await add("nobody@example.com")).status).toBe(404);

    const emails = async (token: string): Promise<string[]> => {
      const { body } = await auth.call("GET", "/api/members", { token });
      return z
        .object({ data: z.array(Member) })
        .parse(body)
        .data.map(({ email }) => email);
    };
    expect(await emails(owner.accessToken)).toContain("rep@example.com");
    expect(await emails(stranger.accessToken)).toEqual(["stranger@example.com"]);
    const repToken = await signInTo("rep@example.com", owner.user.orgId);
    const body = { email: "stranger@example.com", role: "rep" };
    expect((await auth.call("POST", "/api/members", { token: repToken, body })).status).toBe(403);
  });

  it("keep one owner, even when two owners leave at once", async () => {
    const first = await signUp("first@example.com", "Duel");
    const second = await signUp("second@example.com");
    const token = first.accessToken;
    const alone = await auth.call("DELETE", `/api/members/${first.user.id}`, { token });
    expect(alone.status).toBe(409);

    const body = { email: "second@example.com", role: "admin" };
    await auth.call("POST", "/api/members", { token, body });
    const path = `/api/members/${second.user.id}`;
    await auth.call("PATCH", path, { token, body: { role: "owner" } });
    const other = await signInTo("second@example.com", first.user.orgId);
    const statuses = await Promise.all([
      auth.call("DELETE", `/api/members/${first.user.id}`, { token }),
      auth.call("DELETE", path, { token: other }),
    ]);
    expect(statuses.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  it("count with the role they have now, not with the one in their token", async () => {
    const former = await signUp("former@example.com");
    const body = { email: "former@example.com", role: "admin" };
    await auth.call("POST", "/api/members", { token: owner.accessToken, body });
    const token = await signInTo("former@example.com", owner.user.orgId);
    await auth.call("DELETE", `/api/members/${former.user.id}`, { token: owner.accessToken });
    expect((await auth.call("POST", "/api/members", { token, body })).status).toBe(403);
    const path = `/api/members/${owner.user.id}`;
    const demote = { token, body: { role: "viewer" } };
    expect((await auth.call("PATCH", path, demote)).status).toBe(403);
  });

  it("cannot be touched from another organization", async () => {
    const path = `/api/members/${owner.user.id}`;
    const answer = await auth.call("DELETE", path, { token: stranger.accessToken });
    expect(answer.status).toBe(404);
  });
});
