import { chmod, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectDemo, type Demo } from "../../scripts/src/demo/context.ts";
import { applyAccount, pairByQr } from "../../scripts/src/demo/steps/accounts.ts";
import { reach, sendText } from "../../scripts/src/demo/steps/messages.ts";
import { portDefaults, url, type PortName } from "../../scripts/src/stack/services.ts";
import { startStack, type Stack } from "../../scripts/src/stack/start-stack.ts";
import { ensureDemoOrganization } from "../../scripts/src/up/demo-organization.ts";
import { collectorMissing, startCollector, type Collector, type Span } from "./collector.ts";

const missing = await collectorMissing();
if (missing !== undefined) console.log(`SKIP traces: ${missing}`);

/** Written by people in this run; none of it may stand in a log, a metric, a trace or an error. */
const texts = {
  outgoing: "canary-text-out-4711",
  incoming: "canary-text-in-4712",
  name: "canary-name-4713",
  refused: "canary-refused-4714",
};
const expected = "the message of the run to be sent, read and answered";

let collector: Collector | undefined;
let stack: Stack;
let stateDir: string;
let demo: Demo;
let messageId: string;
let secrets: Record<string, string>;
const metrics: Record<string, string> = {};
const refusals: string[] = [];
/** Everything any process wrote, by file; read after the processes have ended. */
let logs: Record<string, string> = {};
let spans: Span[] = [];
let traceText = "";

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "rarity-observed-"));
  collector = missing === undefined ? await startCollector() : undefined;
  // Postgres runs as its own user and has to reach its folder.
  await chmod(stateDir, 0o755);
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector?.endpoint ?? "http://127.0.0.1:9";
  process.env["LOG_LEVEL"] = "debug";
  stack = await startStack({
    root: join(import.meta.dirname, "../.."),
    stateDir,
    databaseUrl: undefined,
    redisUrl: undefined,
    anyPorts: true,
    progress: () => undefined,
  });
  await runOnce();
  await readMetrics();
  await stack.stop();
  logs = { ...(await readLogs(join(stateDir, "logs"))), ...(await readLogs(operatorLogs())) };
  traceText = (await collector?.text()) ?? "";
  spans = (await collector?.spans()) ?? [];
}, 600_000);

afterAll(async () => {
  await collector?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const operatorLogs = (): string => join(stateDir, "data", "operator", "logs");

/** One message out with its receipts, one in, one image name, one refused request. */
async function runOnce(): Promise<void> {
  const organization = await ensureDemoOrganization(stack);
  const names = Object.keys(portDefaults) as PortName[];
  const urls = Object.fromEntries(names.map((name) => [name, url(stack.wiring, name)]));
  demo = await connectDemo(urls as Record<PortName, string>, organization);
  await applyAccount(demo);
  await pairByQr(demo);
  await demo.sandbox("PATCH", `/api/phones/${demo.phones.lead}`, { autoRead: true });
  const sent = await sendText(demo, texts.outgoing, demo.state.accountId);
  messageId = sent.id;
  await reach(demo, messageId, "read");
  const incoming = { to: demo.phones.account, text: texts.incoming };
  await demo.sandbox("POST", `/api/phones/${demo.phones.lead}/send`, incoming);
  await demo.events.find("the reply", ({ type }) => type === "message_received");
  const lead = {
    firstName: texts.name,
    identities: [{ channel: "whatsapp", kind: "phone", value: `+${demo.phones.lead}` }],
  };
  await demo.api("POST", "/api/leads", { body: lead });
  // The same address twice: the database's own words about it hold the number.
  await refusal("/api/leads", lead);
  await refusal("/api/messages/send", { to: texts.refused, content: texts.refused });
  await refusal("/api/auth/sign-in", { email: organization.email, password: texts.refused });
  const { tenantSealKey, internalToken, sessionKeys, rolePassword } = stack.secrets;
  const { password } = organization;
  secrets = { tenantSealKey, internalToken, sessionKeys, rolePassword, password };
  demo.close();
}

async function refusal(path: string, body: object): Promise<void> {
  await demo.api("POST", path, { body }).then(
    () => refusals.push(`${path} was not refused`),
    (error: unknown) => refusals.push(String(error)),
  );
}

async function readMetrics(): Promise<void> {
  for (const name of ["edge", "orchestrator", "leads", "accounts", "auth", "operator"] as const) {
    const answer = await fetch(`${url(stack.wiring, name)}/metrics`);
    metrics[name] = await answer.text();
  }
}

async function readLogs(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith(".log"));
  const read = files.map(async (name) => [name, await readFile(join(folder, name), "utf8")]);
  return Object.fromEntries((await Promise.all(read)) as [string, string][]);
}

describe.skipIf(missing !== undefined)(expected, () => {
  const trace = (): Span[] => {
    const first = spans.find((span) => span.attributes["messaging.message.id"] === messageId);
    return spans.filter((span) => span.traceId === first?.traceId);
  };
  const one = (name: string, status?: string): Span => {
    const found = trace().filter(
      (span) =>
        span.name === name && (status === undefined || span.attributes["rarity.status"] === status),
    );
    expect([name, status, found.length > 0]).toEqual([name, status, true]);
    return found[0]!;
  };

  test("one trace runs from the request at the edge to the receipt and its event", () => {
    const edge = one("POST /api/messages");
    const request = one("POST /api/messages/send");
    const accept = one("accept");
    expect(edge.parentSpanId).toBe("");
    expect(request.parentSpanId).toBe(edge.spanId);
    expect(accept.parentSpanId).toBe(request.spanId);
    const attempt = one("attempt");
    expect(attempt.parentSpanId).toBe(accept.spanId);
    expect(one("provider send").parentSpanId).toBe(attempt.spanId);
    expect(one("provider send").attributes["rarity.outcome"]).toBe("acked");
    expect(one("settle").parentSpanId).toBe(attempt.spanId);
    for (const later of [
      one("outbox relay"),
      one("event publish", "server_acked"),
      one("receipt", "delivered"),
      one("event publish", "delivered"),
      one("receipt", "read"),
    ]) {
      expect(later.parentSpanId).toBe(accept.spanId);
    }
  });

  test("in three processes at least, each under its own name", () => {
    const of = new Map(trace().map((span) => [span.service, span.pid]));
    expect([...of.keys()].sort()).toEqual(["edge", "orchestrator", "whatsapp"]);
    expect(new Set(of.values()).size).toBe(3);
  });

  test("every service of the run sent spans", () => {
    const services = new Set(spans.map(({ service }) => service));
    for (const name of ["edge", "orchestrator", "leads", "accounts", "auth", "whatsapp"]) {
      expect(services).toContain(name);
    }
  });

  test("no text, name, number or secret is in any span", () => {
    expect(traceText.length).toBeGreaterThan(1000);
    expect(foundIn(traceText)).toEqual([]);
  });
});

test("the run wrote logs of every process, and nothing in them that people wrote", () => {
  const written = Object.keys(logs).join(" ");
  for (const name of ["edge", "orchestrator", "leads", "accounts", "auth", "operator"]) {
    expect(written).toContain(name);
  }
  expect(Object.keys(logs).length).toBeGreaterThan(7);
  const found = Object.entries(logs)
    .filter(([name]) => !isOutside(name))
    .flatMap(([name, text]) => foundIn(text).map((what) => `${name}: ${what}`));
  expect(found).toEqual([]);
});

test("nor in metrics, nor in what refused requests were answered", () => {
  expect(
    Object.entries(metrics).flatMap(([name, text]) => foundIn(text).map((w) => `${name}: ${w}`)),
  ).toEqual([]);
  expect(refusals).toHaveLength(3);
  expect(refusals.filter((said) => said.includes("was not refused"))).toEqual([]);
  expect(refusals.flatMap(foundIn)).toEqual([]);
});

/** The sandbox plays the outside world, Postgres and Redis are not ours: what they write is theirs. */
const isOutside = (name: string): boolean => /^(sandbox|postgres|redis)/.test(name);

function foundIn(text: string): string[] {
  const people = { ...demo.phones, ...texts };
  const wanted = { ...people, ...secrets };
  return Object.entries(wanted).flatMap(([name, value]) => {
    const at = text.indexOf(value);
    return at < 0 ? [] : [`${name} in ...${text.slice(Math.max(0, at - 120), at)}`];
  });
}
