import { chmod, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectDemo, type Demo } from "../../scripts/src/demo/context.ts";
import { applyAccount, pairByQr } from "../../scripts/src/demo/steps/accounts.ts";
import { reach, sendText } from "../../scripts/src/demo/steps/messages.ts";
import { waitUntil } from "../../scripts/src/lib/wait-until.ts";
import { portDefaults, url, type PortName } from "../../scripts/src/stack/services.ts";
import { startStack, type Stack } from "../../scripts/src/stack/start-stack.ts";
import { ensureDemoOrganization } from "../../scripts/src/up/demo-organization.ts";
import { tokenCanaries, type Canaries } from "./canaries.ts";
import type { Collector, Span } from "./collector.ts";

/** Written by people in this run. */
const texts = {
  outgoing: "canary-text-out-4711",
  incoming: "canary-text-in-4712",
  name: "canary-name-4713",
  refused: "canary-refused-4714",
  caption: "canary-caption-4715",
  fileName: "canary-file-4716.pdf",
  keyName: "canary-key-name-4717",
};
/** Nobody has this number. */
const stranger = "155509947118";

export type ObservedRun = {
  /** Of the message that was sent, received and read. */
  messageId: string;
  canaries: Canaries;
  /** Everything any process wrote, by file. */
  logs: Record<string, string>;
  /** What every process of ours answered at `/metrics`. */
  metrics: Record<string, string>;
  /** What refused requests were answered, by what was wrong with them. */
  refusals: Record<string, { status: number; body: string }>;
  spans: Span[];
  /** Everything the collector got. */
  traceText: string;
};

/** The whole system once, from the first request to the last line its processes wrote. */
export async function observeRun(collector: Collector | undefined): Promise<ObservedRun> {
  const stateDir = await mkdtemp(join(tmpdir(), "rarity-observed-"));
  // Postgres runs as its own user and has to reach its folder.
  await chmod(stateDir, 0o755);
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector?.endpoint ?? "http://127.0.0.1:9";
  process.env["LOG_LEVEL"] = "debug";
  try {
    const stack = await startStack({
      root: join(import.meta.dirname, "../.."),
      stateDir,
      ...{ databaseUrl: undefined, redisUrl: undefined, anyPorts: true },
      progress: () => undefined,
    });
    const podLogs = join(stateDir, "data", "operator", "logs");
    const seen = await useOnce(stack, podLogs).finally(() => stack.stop());
    const logs = { ...(await readLogs(join(stateDir, "logs"))), ...(await readLogs(podLogs)) };
    const traceText = collector === undefined ? "" : await restOf(collector);
    return { ...seen, logs, traceText, spans: (await collector?.spans()) ?? [] };
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** What the collector got, once it has written all of it: it does so a moment later, in pieces. */
async function restOf(collector: Collector): Promise<string> {
  let [last, since] = ["", performance.now()];
  return waitUntil(
    "the collector to have written everything",
    async () => {
      const text = await collector.text();
      if (text !== last) [last, since] = [text, performance.now()];
      return text.endsWith("\n") && performance.now() - since > 1_000 && text;
    },
    30_000,
    100,
  );
}

type Seen = Omit<ObservedRun, "logs" | "spans" | "traceText">;

async function useOnce(stack: Stack, podLogs: string): Promise<Seen> {
  const organization = await ensureDemoOrganization(stack);
  const names = Object.keys(portDefaults) as PortName[];
  const urls = Object.fromEntries(names.map((name) => [name, url(stack.wiring, name)]));
  const demo = await connectDemo(urls as Record<PortName, string>, organization);
  try {
    const held = await holdSecrets(demo, organization);
    const messageId = await converse(demo, held.apiKey);
    const refusals = await provoke(demo, { ...organization, ...held });
    const { tenantSealKey, internalToken, sessionKeys, rolePassword } = stack.secrets;
    const canaries = {
      ...{ ...demo.phones, ...texts, stranger, email: organization.email },
      ...{ tenantSealKey, internalToken, sessionKeys, rolePassword },
      ...{ password: organization.password, apiKey: held.apiKey },
      ...tokenCanaries("access token", held.accessToken),
      ...tokenCanaries("refresh token", held.refreshToken),
    };
    return { messageId, canaries, refusals, metrics: await readMetrics(stack, podLogs) };
  } finally {
    demo.close();
  }
}

type Held = { accessToken: string; refreshToken: string; apiKey: string };

async function holdSecrets(
  demo: Demo,
  { email, password }: { email: string; password: string },
): Promise<Held> {
  const session = await demo.api<Omit<Held, "apiKey">>("POST", "/api/auth/sign-in", {
    body: { email, password },
  });
  const { key } = await demo.api<{ key: string }>("POST", "/api/api-keys", {
    body: { name: texts.keyName, scopes: ["messages:read", "messages:write"] },
  });
  return { ...session, apiKey: key };
}

/** Messages out with their receipts, one to nobody, texts and a file in, and a name. */
async function converse(demo: Demo, apiKey: string): Promise<string> {
  const { account, lead } = demo.phones;
  await applyAccount(demo);
  await pairByQr(demo);
  await demo.sandbox("PATCH", `/api/phones/${lead}`, { autoRead: true });
  const { id, conversationId } = await sendText(demo, texts.outgoing, demo.state.accountId);
  await reach(demo, id, "read");
  await demo.sandbox("POST", `/api/phones/${lead}/send`, { to: account, text: texts.incoming });
  const isReply = (data: unknown, text: string): boolean => JSON.stringify(data).includes(text);
  await demo.events.find("the reply", ({ data }) => isReply(data, texts.incoming));
  await demo.sandbox("POST", `/api/phones/${lead}/send`, {
    to: account,
    media: {
      ...{ kind: "document", mimetype: "application/pdf", fileName: texts.fileName },
      contentBase64: Buffer.from("%PDF-1.7\n%%EOF\n").toString("base64"),
      caption: texts.caption,
    },
  });
  await demo.events.find("the file", ({ data }) => isReply(data, texts.caption));
  await demo.api("POST", `/api/conversations/${conversationId}/read`, { body: {} });
  const nobody = await demo.api<{ id: string }>("POST", "/api/messages/send", {
    token: apiKey,
    body: {
      to: { identity: { channel: "whatsapp", kind: "phone", value: `+${stranger}` } },
      accountId: demo.state.accountId,
      content: { type: "text", text: texts.outgoing },
    },
  });
  await reach(demo, nobody.id, "failed");
  await demo.api("POST", "/api/leads", { body: leadOf(demo) });
  return id;
}

const leadOf = (demo: Demo) => ({
  firstName: texts.name,
  identities: [{ channel: "whatsapp", kind: "phone", value: `+${demo.phones.lead}` }],
});

/** Requests that are refused, each with something in it that must not come back. */
async function provoke(
  demo: Demo,
  held: Held & { email: string; password: string },
): Promise<ObservedRun["refusals"]> {
  const post = (path: string, body: unknown, token = held.accessToken): Promise<Response> =>
    fetch(`${demo.urls.edge}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const get = (path: string): Promise<Response> =>
    fetch(`${demo.urls.edge}${path}`, {
      headers: { authorization: `Bearer ${held.accessToken}` },
    });
  const { email, password, apiKey, accessToken, refreshToken } = held;
  const asked: Record<string, Promise<Response>> = {
    // The database's own words about a repeated address hold the number.
    "a number twice": post("/api/leads", leadOf(demo)),
    // What a field is called is said, what was in it is not.
    "a message of the wrong shape": post("/api/messages/send", {
      ...{ to: texts.refused, content: { type: texts.refused, text: texts.outgoing } },
      ...{ priority: texts.refused, sendAt: demo.phones.lead, note: texts.refused },
    }),
    "no JSON": post("/api/messages/send", `{"text":"${texts.refused}`),
    "a wrong password": post("/api/auth/sign-in", { email, password: texts.refused }),
    "an address that is taken": post("/api/auth/sign-up", { email, password, name: texts.name }),
    "a token with a letter too many": post("/api/leads", leadOf(demo), `${accessToken}x`),
    "a key with a letter too many": post("/api/messages/send", {}, `${apiKey}x`),
    "a key that may not": post("/api/leads", leadOf(demo), apiKey),
    "a wrong refresh token": post("/api/auth/refresh", { refreshToken: `${refreshToken}x` }),
    "a text for an id": get(`/api/messages/${texts.refused}`),
    "a number for a limit": get(`/api/leads?limit=${demo.phones.lead}&note=${texts.refused}`),
    "a path that is not there": get(`/api/${texts.refused}/${demo.phones.lead}`),
  };
  const answers = Object.entries(asked).map(async ([what, answer]) => {
    const { status } = await answer;
    return [what, { status, body: await (await answer).text() }] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

const ours = ["edge", "orchestrator", "leads", "accounts", "auth", "operator"] as const;

async function readMetrics(stack: Stack, podLogs: string): Promise<Record<string, string>> {
  const pods = Object.entries(await readLogs(podLogs)).flatMap(([name, log]) => {
    const port = [...log.matchAll(/"port":(\d+),"msg":"admin listener is up"/g)].at(-1)?.[1];
    return port === undefined ? [] : [[name, `http://127.0.0.1:${port}`] as const];
  });
  const all = [...ours.map((name) => [name, url(stack.wiring, name)] as const), ...pods];
  const read = all.map(async ([name, base]) => {
    const answer = await fetch(`${base}/metrics`);
    return [name, await answer.text()] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

async function readLogs(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith(".log"));
  const read = files.map(async (name) => [name, await readFile(join(folder, name), "utf8")]);
  return Object.fromEntries((await Promise.all(read)) as [string, string][]);
}
