import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leaksIn } from "./canaries.ts";
import { collectorMissing, startCollector, type Collector, type Span } from "./collector.ts";
import { observeRun, type ObservedRun } from "./observed-run.ts";

const missing = await collectorMissing();
if (missing !== undefined) console.log(`SKIP traces: ${missing}`);

const expected = "the message of the run to be sent, read and answered";

let collector: Collector | undefined;
let run: ObservedRun;

beforeAll(async () => {
  collector = missing === undefined ? await startCollector() : undefined;
  run = await observeRun(collector);
}, 600_000);

afterAll(() => collector?.stop());

/** None of it may stand in a log, a metric, a trace or an error. */
const leaks = (texts: Record<string, string>): string[] =>
  Object.entries(texts).flatMap(([name, text]) =>
    leaksIn(text, run.canaries).map((leak) => `${name}: ${leak}`),
  );

describe.skipIf(missing !== undefined)(expected, () => {
  const trace = (): Span[] => {
    const { spans, messageId } = run;
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
    const services = new Set(run.spans.map(({ service }) => service));
    for (const name of ["edge", "orchestrator", "leads", "accounts", "auth", "whatsapp"]) {
      expect(services).toContain(name);
    }
  });

  test("no text, name, number or secret is in any span", () => {
    expect(run.traceText.length).toBeGreaterThan(1000);
    expect(leaks({ spans: run.traceText })).toEqual([]);
  });
});

/** The sandbox plays the outside world, Postgres and Redis are not ours: what they write is theirs. */
const isOutside = (name: string): boolean => /^(sandbox|postgres|redis)/.test(name);
const services = ["edge", "orchestrator", "leads", "accounts", "auth", "operator"];

test("the run wrote logs of every process, and nothing in them that people wrote or keep secret", () => {
  const written = Object.keys(run.logs).join(" ");
  for (const name of services) expect(written).toContain(name);
  expect(Object.keys(run.logs).length).toBeGreaterThan(7);
  const own = Object.entries(run.logs).filter(([name]) => !isOutside(name));
  expect(leaks(Object.fromEntries(own))).toEqual([]);
});

test("nor is any of it in the metrics of the services and of the account's process", () => {
  const [pod, ...others] = Object.keys(run.metrics).filter((name) => !services.includes(name));
  expect([typeof pod, others]).toEqual(["string", []]);
  for (const name of services) expect(run.metrics[name]).toContain("# TYPE");
  expect(run.metrics[pod ?? ""]).toMatch(/channel_receipts_total\S* [1-9]/);
  expect(leaks(run.metrics)).toEqual([]);
});

test("nor in what a refused request is answered", () => {
  const { refusals } = run;
  const accepted = Object.entries(refusals).filter(([, { status }]) => status < 400);
  expect([Object.keys(refusals).length, accepted]).toEqual([12, []]);
  const broken = Object.entries(refusals).filter(([, { status }]) => status >= 500);
  expect(broken).toEqual([]);
  const bodies = Object.entries(refusals).map(([what, { body }]) => [what, body]);
  expect(leaks(Object.fromEntries(bodies) as Record<string, string>)).toEqual([]);
});

test("all of it would have been found", () => {
  const everything = Object.values(run.canaries).join("\n");
  expect(leaksIn(everything, run.canaries)).toHaveLength(Object.keys(run.canaries).length);
  // And it was there to be found: the sandbox, which plays the phones, and the refused requests had it.
  expect(Object.values(run.canaries).filter((value) => value.length < 6)).toEqual([]);
});
