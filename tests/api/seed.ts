import { waitFor } from "@rarity/platform/testing";
import type { World } from "./world.ts";

export const idKinds = [
  "message",
  "conversation",
  "deadLetter",
  "media",
  "lead",
  "company",
  "account",
  "member",
  "apiKey",
  "organization",
] as const;
export type IdKind = (typeof idKinds)[number];

export interface Tenant {
  readonly orgId: string;
  readonly userId: string;
  readonly token: string;
  /** One of everything the organization can own. */
  readonly ids: Record<IdKind, string>;
  /** An API key that may do nothing but read the organization. */
  readonly narrowKey: string;
}

const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");

/** An organization that owns one of everything, made through the API as far as there is one. */
export async function seedTenant(world: World, canary: string, phone: string): Promise<Tenant> {
  const post = async (path: string, token: string | undefined, body: object | Buffer) =>
    made(await send(world, path, token, body), path);
  const signUp = async (name: string, organizationName?: string) =>
    (await post("/api/auth/sign-up", undefined, {
      email: `${name}-${canary}@example.com`,
      password: `a password of ${canary}`,
      name: `${name} ${canary}`,
      ...(organizationName === undefined ? {} : { organizationName }),
    })) as unknown as { accessToken: string; user: { id: string; orgId: string; email: string } };
  const owner = await signUp("owner", `Org ${canary}`);
  const other = await signUp("member");
  const { accessToken: token } = owner;
  await post("/api/members", token, { email: other.user.email, role: "rep" });
  const account = await post("/api/accounts", token, { name: "main", displayName: canary });
  const company = await post("/api/companies", token, { name: `Company ${canary}` });
  const lead = await post("/api/leads", token, {
    firstName: canary,
    companyId: company.id,
    identities: [{ channel: "whatsapp", kind: "phone", value: phone }],
  });
  const media = await post("/api/media", token, png);
  const key = await post("/api/api-keys", token, { name: canary, scopes: ["org:read"] });
  const message = await post("/api/messages/send", token, {
    to: { leadId: lead.id },
    content: { type: "text", text: canary },
  });
  return {
    orgId: owner.user.orgId,
    userId: owner.user.id,
    token,
    narrowKey: String(key["key"]),
    ids: {
      message: message.id,
      conversation: String(message["conversationId"]),
      deadLetter: await bury(world, owner.user.orgId, message.id),
      media: media.id,
      lead: lead.id,
      company: company.id,
      account: account.id,
      member: other.user.id,
      apiKey: key.id,
      organization: owner.user.orgId,
    },
  };
}

function send(
  world: World,
  path: string,
  token: string | undefined,
  body: object | Buffer,
): Promise<Response> {
  const bytes = body instanceof Buffer;
  return fetch(`${world.edge}${path}`, {
    method: "POST",
    headers: {
      "content-type": bytes ? "image/png" : "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: bytes ? new Uint8Array(body) : JSON.stringify(body),
  });
}

async function made(
  answer: Response,
  path: string,
): Promise<Record<string, unknown> & { id: string }> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown> & { id: string };
}

/** A message that failed for good; only a channel process could say so. */
async function bury(world: World, orgId: string, messageId: string): Promise<string> {
  const { admin } = world;
  await waitFor(async () => {
    const { rows } = await admin.query("select status from messaging.message where id = $1", [
      messageId,
    ]);
    return (rows[0] as { status: string } | undefined)?.status === "queued";
  });
  await admin.query("delete from messaging.send_queue where message_id = $1", [messageId]);
  await admin.query("select messaging.bury($1, $2, $3)", [
    orgId,
    messageId,
    JSON.stringify({ class: "content", code: "BAD", message: "refused" }),
  ]);
  const { rows } = await admin.query<{ id: string }>(
    "select id from messaging.dead_letter where message_id = $1",
    [messageId],
  );
  const drained = async (): Promise<boolean> =>
    (await admin.query("select 1 from messaging.outbox")).rowCount === 0;
  await waitFor(drained, { what: "an empty outbox" });
  return rows[0]?.id ?? "";
}
